import { join } from 'node:path';
import { rewindCheckpoints } from '../checkpoint/list.js';
import type { LoadedCheckpoint } from '../checkpoint/load.js';
import { type AppendFile, openAppendFile } from '../files/append-file.js';
import { diskError, sweepUnfinished } from '../files/file-system.js';
import type { JsonObject, JsonValue } from '../files/json.js';
import { listFolder, type Run } from '../run/run.js';
import { readFrames, scalarEvent, versionEvent } from './events.js';
import { LOG, wholeLines } from './log.js';

/** What a run writes as it goes: log.jsonl, and the same scalars for TensorBoard. */
export interface Journal {
  /**
   * Adds a line `{"kind", "step", …fields, "time"}` to log.jsonl, and each number in it to TensorBoard under
   * `kind/key` (nested keys joined by `/`). Numbers that are not finite are written as null.
   *
   * @param step steps done
   */
  record(kind: string, step: number, fields: JsonObject): void;
  /** Flushes to the disk. */
  sync(): void;
  /** Length in bytes by file name. */
  lengths(): Readonly<Record<string, number>>;
  close(): void;
}

/** Options of {@link openJournal}. */
export interface JournalOptions {
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number;
  /** Whether TensorBoard events are written. Default true. */
  events?: boolean;
}

/**
 * Opens a run's journal where a checkpoint left it: what was written after it is cut off, checkpoints of later steps
 * and half-written files are removed, so that the run goes on as if it had never been stopped.
 *
 * @param from what {@link loadCheckpoint} gave; undefined begins the run anew
 * @throws UserError where the disk refuses
 * @example
 * ```ts
 * const journal = openJournal(run, await loadCheckpoint(run));
 * journal.record('train', step, { loss: { task: 0.7, total: 0.9 }, rate: 1e-4 });
 * ```
 */
export function openJournal(
  run: Run,
  from: LoadedCheckpoint | undefined,
  { now = Date.now, events = true }: JournalOptions = {},
): Journal {
  sweepUnfinished(run.files, run.dir);
  rewindCheckpoints(run, from?.kept ?? []);
  const log = openLog(run, from);
  const board = events ? openEvents(run, from, now) : undefined;
  const files: readonly AppendFile[] = board === undefined ? [log] : [log, board];
  return {
    record(kind, step, fields) {
      const seconds = now() / 1000;
      const line = `${JSON.stringify({ kind, step, ...fields, time: seconds })}\n`;
      log.append(new TextEncoder().encode(line));
      const scalars = Object.fromEntries(numbers(fields, kind));
      if (Object.keys(scalars).length > 0) board?.append(scalarEvent(seconds, step, scalars));
    },
    sync: () => {
      for (const file of files) file.sync();
    },
    lengths: () =>
      Object.fromEntries(files.map((file) => [file.path.slice(run.dir.length + 1), file.length])),
    close: () => {
      for (const file of files) file.close();
    },
  };
}

function openLog(run: Run, from: LoadedCheckpoint | undefined): AppendFile {
  const path = join(run.dir, LOG);
  return openAppendFile(run.files, path, wholeLines(run.files, path, from?.journal[LOG] ?? 0));
}

function openEvents(run: Run, from: LoadedCheckpoint | undefined, now: () => number): AppendFile {
  const kept = Object.keys(from?.journal ?? {}).find((name) => name.startsWith(EVENTS));
  for (const name of listFolder(run.files, run.dir)) {
    if (name.startsWith(EVENTS) && name !== kept) run.files.rmSync(join(run.dir, name));
  }
  const seconds = now() / 1000;
  const path = join(run.dir, kept ?? `${EVENTS}${Math.floor(seconds)}.run.syn2real`);
  const file = openAppendFile(run.files, path, wholeFrames(run, path, from?.journal[kept ?? ''] ?? 0));
  if (file.length === 0) file.append(versionEvent(seconds));
  return file;
}

function wholeFrames(run: Run, path: string, length: number): number {
  if (length === 0 || !run.files.existsSync(path)) return 0;
  try {
    return readFrames(run.files.readFileSync(path).subarray(0, length)).length;
  } catch (error) {
    throw diskError(error, path);
  }
}

function numbers(value: JsonValue, path: string): [string, number][] {
  if (typeof value === 'number') return Number.isFinite(value) ? [[path, value]] : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => numbers(item, `${path}/${key}`));
}

/** Begins the name of every TensorBoard event file. */
const EVENTS = 'events.out.tfevents.';
