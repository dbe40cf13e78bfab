import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@syn2real/core';

/** Writes a file beside and renames it: afterwards the whole new file is there, or what was there before. */
export function writeAtomic(file: string, text: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(beside, 'w');
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new UserError({
      what: `cannot write ${file}`,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'a folder that can be written to, with space left',
      fix: 'free space or choose another file; what was there before is untouched',
      cause,
    });
  }
}
