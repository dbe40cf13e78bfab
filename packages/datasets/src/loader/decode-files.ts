import { readFileSync, statSync } from 'node:fs';
import { decodeImage } from '../decode/decode-image.js';
import type { DecodeLimits } from '../decode/limits.js';
import { type ImageTransform, transformPixels } from '../transform/image-transform.js';

/** Files to decode and transform, in the order in which their pixels are wanted. */
export interface DecodeJob {
  readonly files: readonly string[];
  readonly transform: ImageTransform;
  readonly limits: DecodeLimits;
}

/** Pixels `[files, crop, crop, 3]`, and per file why it has none (null: it has). */
export interface DecodedFiles {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly failures: readonly (string | null)[];
}

const DECODES_AT_ONCE = 3;

/** Decodes and transforms a job's files; a file that fails is a failure in the result, not an exception. */
export async function decodeFiles({ files, transform, limits }: DecodeJob): Promise<DecodedFiles> {
  const bytesPerImage = transform.crop * transform.crop * 3;
  const pixels = new Uint8Array(files.length * bytesPerImage);
  const failures = new Array<string | null>(files.length).fill(null);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const i = next++;
      const out = pixels.subarray(i * bytesPerImage, (i + 1) * bytesPerImage);
      try {
        transformPixels(await decodeImage(readWithin(files[i]!, limits), limits), transform, out);
      } catch (error) {
        failures[i] = error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(DECODES_AT_ONCE, files.length) }, lane));
  return { pixels, failures };
}

/** A file's bytes; one beyond the limit is not read. */
export function readWithin(file: string, { maxFileBytes }: DecodeLimits): Uint8Array {
  const { size } = statSync(file);
  if (size > maxFileBytes)
    throw new Error(`the file is larger (${size} bytes) than the limit of ${maxFileBytes} bytes`);
  return readFileSync(file);
}
