import { basename, join } from 'node:path';
import { UserError } from '@syn2real/core';
import {
  diskError,
  errorCode,
  type FileSystem,
  nodeFileSystem,
  writeAtomically,
} from '../files/file-system.js';
import { asJson, canonicalJson, diffJson, type JsonObject, type JsonValue } from '../files/json.js';
import type { Fingerprint } from './fingerprint.js';
import { isLock } from './lock.js';

/** A run's folder and what it was started with. */
export interface Run {
  readonly dir: string;
  readonly config: JsonObject;
  readonly fingerprint: Fingerprint;
  /** What the folder is read and written with. */
  readonly files: FileSystem;
}

/** Options of {@link createRun}. */
export interface RunOptions {
  /** Default: the machine's own. */
  files?: FileSystem;
}

/** Options of {@link openRun}. */
export interface OpenRunOptions extends RunOptions {
  /** The configuration asked for; it must be the run's own. Default: not compared. */
  config?: JsonObject;
  /** The fingerprint of what would go on now; see {@link OpenedRun.changed}. Default: not compared. */
  fingerprint?: Fingerprint;
}

/** A run that was there already. */
export interface OpenedRun extends Run {
  /** Code or engine that is not what the run began with, one line each: the rest may then differ in the last bits. */
  readonly changed: readonly string[];
}

/**
 * Begins a run in a new folder: writes config.json and fingerprint.json.
 *
 * @throws UserError where there is a run or anything else in the folder, or the disk refuses
 * @example
 * ```ts
 * const run = createRun('runs/proxy-guidance-0', config, fingerprint({ config, data, weights, code, backend, seed: 0, selection: 'last' }));
 * ```
 */
export function createRun(
  dir: string,
  config: JsonObject,
  fingerprint: Fingerprint,
  { files = nodeFileSystem }: RunOptions = {},
): Run {
  const there = listFolder(files, dir);
  if (there.includes(CONFIG)) {
    throw new UserError({
      what: `there is a run in ${dir} already`,
      fix: `go on with it by --resume, or begin another with --name ${basename(dir)}-2`,
    });
  }
  const foreign = there.filter((name) => name !== FINGERPRINT && !isLock(name) && !name.endsWith('.tmp'));
  if (foreign.length > 0) {
    throw new UserError({
      what: `the folder ${dir} is not empty and not a run`,
      got: foreign.slice(0, 5).join(', '),
      expected: 'a new or empty folder',
      fix: 'choose another --name',
    });
  }
  const stored = asJson(config) as JsonObject;
  try {
    files.mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw diskError(error, dir);
  }
  writeAtomically(files, join(dir, FINGERPRINT), pretty(asJson(fingerprint)));
  writeAtomically(files, join(dir, CONFIG), pretty(stored));
  return { dir, config: stored, fingerprint, files };
}

/**
 * Opens a run to go on with it or to read it.
 *
 * @throws UserError where there is none, a file is damaged, or configuration, data, weights, seed or selection
 *   rule are not the run's own (each key that differs is listed)
 * @example
 * ```ts
 * const run = openRun('runs/proxy-guidance-0', { config });
 * ```
 */
export function openRun(
  dir: string,
  { config, fingerprint, files = nodeFileSystem }: OpenRunOptions = {},
): OpenedRun {
  const run: Run = {
    dir,
    config: readJson(files, dir, CONFIG) as JsonObject,
    fingerprint: readJson(files, dir, FINGERPRINT) as unknown as Fingerprint,
    files,
  };
  const asked: JsonObject = {
    ...(config === undefined ? {} : { config: asJson(config) }),
    ...(fingerprint === undefined ? {} : pick(fingerprint, BINDING)),
  };
  const had: JsonObject = {
    ...(config === undefined ? {} : { config: run.config }),
    ...(fingerprint === undefined ? {} : pick(run.fingerprint, BINDING)),
  };
  const refused = diffJson(had, asked);
  if (refused.length > 0) {
    throw new UserError({
      what: `the run in ${dir} was begun with other settings, so it cannot be resumed with these`,
      got: refused.map(({ path, after }) => `${path} = ${show(after)}`).join(', '),
      expected: refused.map(({ path, before }) => `${path} = ${show(before)}`).join(', '),
      fix: `resume with the run's own settings (${join(dir, CONFIG)}), or begin another run with --name`,
    });
  }
  const changed =
    fingerprint === undefined
      ? []
      : diffJson(pick(run.fingerprint, TELLING), pick(fingerprint, TELLING)).map(
          ({ path, before, after }) => `${path} was ${show(before)}, is ${show(after)}`,
        );
  return { ...run, changed };
}

/** Writes summary.json, the run's result. Numbers that are not finite become null. */
export function writeSummary(run: Run, summary: JsonObject): void {
  writeAtomically(run.files, join(run.dir, SUMMARY), `${JSON.stringify(summary, null, 2)}\n`);
}

/** summary.json, or undefined where the run has not ended. @throws UserError where it is damaged */
export function readSummary(run: Run): JsonObject | undefined {
  if (!run.files.existsSync(join(run.dir, SUMMARY))) return undefined;
  return readJson(run.files, run.dir, SUMMARY) as JsonObject;
}

/** Names in a folder; none where it is missing. */
export function listFolder(files: FileSystem, dir: string): string[] {
  try {
    return files.readdirSync(dir);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError(error, dir);
  }
}

/** Folder of the checkpoints in a run's folder. */
export const CHECKPOINTS = 'checkpoints';
const CONFIG = 'config.json';
const FINGERPRINT = 'fingerprint.json';
const SUMMARY = 'summary.json';

const BINDING = ['data', 'weights', 'seed', 'selection'] as const;
const TELLING = ['code', 'backend'] as const;

function pick(fingerprint: Fingerprint, keys: readonly (keyof Fingerprint)[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, asJson(fingerprint[key] ?? null)]));
}

function readJson(files: FileSystem, dir: string, name: string): JsonValue {
  const path = join(dir, name);
  if (!files.existsSync(path)) {
    throw new UserError({
      what: `there is no run in ${dir}`,
      got: `no ${name} there`,
      fix: 'check the name of the run, or begin it without --resume',
    });
  }
  try {
    const value: JsonValue = JSON.parse(files.readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new SyntaxError('it is not an object');
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw diskError(error, path);
    throw new UserError({
      what: `${path} is damaged`,
      got: error.message,
      expected: 'a JSON object',
      fix: 'restore the file, or begin another run with --name',
      cause: error,
    });
  }
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}

function pretty(value: JsonValue): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
