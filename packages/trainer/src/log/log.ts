import { join } from 'node:path';
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

/** The lines of a run's log.jsonl; a last line that a kill left unfinished is not among them. */
export function readLog(run: Run): LogLine[] {
  return readLines(run.files, join(run.dir, LOG)).map((line) => JSON.parse(line));
}

/** The whole lines of a text file; none where it is missing. */
export function readLines(files: FileSystem, path: string): string[] {
  const text = readText(files, path);
  return text.split('\n').slice(0, -1);
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
