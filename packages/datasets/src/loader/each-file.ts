import { readFileSync, statSync } from 'node:fs';
import type { DecodeLimits } from '../decode/limits.js';

const DECODES_AT_ONCE = 3;

/** Does something for 0…count−1, a few at once; gives for each the message of what it threw, or null. */
export async function eachFile(count: number, run: (i: number) => Promise<void>): Promise<(string | null)[]> {
  const failures = new Array<string | null>(count).fill(null);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const i = next++;
      try {
        await run(i);
      } catch (error) {
        failures[i] = error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(DECODES_AT_ONCE, count) }, lane));
  return failures;
}

/** A file's bytes; one beyond the limit is not read. */
export function readWithin(file: string, { maxFileBytes }: DecodeLimits): Uint8Array {
  const { size } = statSync(file);
  if (size > maxFileBytes)
    throw new Error(`the file is larger (${size} bytes) than the limit of ${maxFileBytes} bytes`);
  return readFileSync(file);
}
