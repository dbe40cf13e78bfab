import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { diskError, type FileSystem } from '../files/file-system.js';
import type { JsonObject } from '../files/json.js';
import type { Run } from '../run/run.js';

/** A line of log.jsonl. */
export interface LogLine extends JsonObject {
  /** `"train"`, `"epoch"`, `"oracle"`, … */
  readonly kind: string;
  /** Steps done. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * The lines of a run's log.jsonl; a last line that a kill left unfinished is not among them.
 *
 * @throws UserError where another line is damaged, naming it
 */
export function readLog(run: Run): LogLine[] {
  return readJsonLines<LogLine>(run.files, join(run.dir, LOG));
}

/** The whole lines of a file with a JSON object on each; none where it is missing. */
export function readJsonLines<T>(files: FileSystem, path: string): T[] {
  const lines = readText(files, path).split('\n').slice(0, -1);
  return lines.map((line, i) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new UserError({
        what: `line ${i + 1} of ${path} is damaged`,
        got: line.length > 80 ? `${line.slice(0, 80)}…` : line,
        expected: 'a JSON object',
        fix: 'restore the file, or remove the line',
        cause: error,
      });
    }
  });
}

/** Bytes that the whole lines within the first `length` bytes of a file take. */
export function wholeLines(files: FileSystem, path: string, length = Number.POSITIVE_INFINITY): number {
  if (length === 0 || !files.existsSync(path)) return 0;
  try {
    const bytes = files.readFileSync(path);
    return bytes.subarray(0, Math.min(length, bytes.byteLength)).lastIndexOf(0x0a) + 1;
  } catch (error) {
    throw diskError(error, path);
  }
}

/** Name of the log in a run's folder. */
export const LOG = 'log.jsonl';

function readText(files: FileSystem, path: string): string {
  if (!files.existsSync(path)) return '';
  try {
    return files.readFileSync(path, 'utf8');
  } catch (error) {
    throw diskError(error, path);
  }
}
