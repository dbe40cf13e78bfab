import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '@syn2real/core';

/** A JSON file's value; undefined where there is no file. @throws UserError where it cannot be read */
export const readOptionalJson = (file: string): unknown => (existsSync(file) ? readJson(file) : undefined);

/** A JSON file's value. @throws UserError where it cannot be read */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UserError({
      what: `cannot read ${file}`,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'a readable JSON file',
      fix: 'restore the file, or run the training again',
      cause,
    });
  }
}
