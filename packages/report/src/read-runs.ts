import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import { check } from './check.js';
import { folderReadings } from './folder-readings.js';
import { readJson, readOptionalJson } from './read-json.js';
import { readLog } from './read-log.js';
import type { RunRecord, Task } from './run-record.js';
import { summary } from './run-schema.js';

/**
 * Reads finished run folders: `summary.json` (needed), `log.jsonl`, `config.json` and `fingerprint.json` (where there).
 *
 * A folder named twice is read once. Optional numbers may be missing or null. A last line of the log that was cut short
 * by a kill is passed over; an epoch logged twice (a resumed run) counts as logged last.
 *
 * @param dirs - the run folders
 * @returns one record a folder, in the order given
 * @throws UserError for a folder that is missing, unfinished, or holds JSON that is broken or has wrong values
 *
 * @example
 * ```ts
 * const runs = readRuns(['runs/naive-0', 'runs/proxy-guidance-0']);
 * ```
 */
export function readRuns(dirs: readonly string[]): RunRecord[] {
  const seen = new Set<string>();
  return dirs.flatMap((dir) => {
    requireFolder(dir);
    const real = realpathSync(dir);
    if (seen.has(real)) return [];
    seen.add(real);
    return [readRun(dir)];
  });
}

function requireFolder(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UserError({
    what: `${dir} is not a run folder`,
    got: existsSync(dir) ? 'a file' : 'nothing at that path',
    expected: 'a folder with summary.json and log.jsonl',
    fix: 'give the folder that the training wrote',
  });
}

function readRun(dir: string): RunRecord {
  const file = join(dir, 'summary.json');
  if (!existsSync(file)) {
    throw new UserError({
      what: `the run ${dir} is not finished`,
      got: 'no summary.json',
      expected: 'summary.json, which a run writes at its end',
      fix: 'let the run end (resume it if it was stopped), or leave this folder out',
    });
  }
  const data = check(summary, readJson(file), file);
  const config = readOptionalJson(join(dir, 'config.json'));
  const fingerprint = readOptionalJson(join(dir, 'fingerprint.json')) ?? data.fingerprint;
  const task = data.task ?? taskOf(data.target);
  const { target, targetPerClass, retention, source } = folderReadings(data, task);
  const { epochs, rounds } = readLog(join(dir, 'log.jsonl'), task);
  return {
    dir,
    name: basename(resolve(dir)),
    method: data.method,
    label: data.label ?? data.method,
    task,
    seed: data.seed,
    selection: data.selection ?? 'not recorded',
    final: {
      target,
      targetPerClass,
      pixelAccuracy: data.target?.pixelAccuracy,
      confusion: data.target?.confusion,
      retention,
      source,
      epoch: data.target?.epoch,
    },
    oracle: data.oracle && {
      target: task === 'segmentation' ? data.oracle.meanIou : data.oracle.meanClassAccuracy,
      bestEpoch: data.oracle.bestEpoch,
    },
    epochs,
    ...(rounds.length > 0 && { rounds }),
    seconds: data.seconds,
    classes: data.classes,
    command: commandOf(data) ?? commandOf(fingerprint) ?? commandOf(config),
    config,
    fingerprint,
  };
}

const taskOf = (target: { meanIou?: number } | undefined): Task =>
  target?.meanIou === undefined ? 'classification' : 'segmentation';

const withCommand = z.looseObject({ command: z.union([z.string(), z.array(z.string())]) });

function commandOf(value: unknown): string | undefined {
  const parsed = withCommand.safeParse(value);
  if (!parsed.success) return undefined;
  const { command } = parsed.data;
  return typeof command === 'string' ? command : command.map(quoteArgument).join(' ');
}

const quoteArgument = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
