import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type PolicyTrial,
  policyFile,
  policyTask,
  policyTrials,
  TABLE2,
  type Trial,
  trainTask,
  trialOf,
} from '@syn2real/app-visda17';
import { parseOptions, runFolder, type Task, toArguments, trialName } from '@syn2real/cli';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { adaptation } from './adapt-task.js';
import type { Benchmark } from './benchmark.js';
import { type Row, STARTS, type StartId } from './rows.js';
import { taskOf } from './run-stages.js';

/** What starts and policies are made with. */
export interface StartOptions {
  readonly out: string;
  readonly benchmark: Benchmark;
  readonly policyEpochs: number;
}

/** The policy that an ASG start of a seed needs. */
export function policyOf({ benchmark, policyEpochs }: StartOptions, seed: number): PolicyTrial {
  return policyTrials(benchmark.source, { seeds: seed + 1, epochs: policyEpochs })[seed]!;
}

/** The training of that policy, on the source alone. */
export function policyTaskOf(options: StartOptions, seed: number): Task {
  return taskOf('visda17', policyTask(options.out, policyOf(options, seed)));
}

/** A start of a seed, as `visda17 reproduce table2` has it in the same folder. */
export function startTrial(options: StartOptions, id: StartId, seed: number): Trial {
  const { label, table2 } = STARTS.find((start) => start.id === id)!;
  const row = TABLE2.find((row) => row.id === table2)!;
  const policy = row.policy === true ? { policy: policyFile(options.out, policyOf(options, seed)) } : {};
  return trialOf(options.benchmark.source, { label, given: { ...row.given, ...policy }, seed });
}

/** The training of a start. */
export function startTask(options: StartOptions, id: StartId, seed: number): Task {
  return taskOf('visda17', trainTask(options.out, startTrial(options, id, seed)));
}

/** The folder of a row's run: of `none` the start's own. */
export function rowFolder(options: StartOptions, row: Row, seed: number): string {
  const start = runFolder(options.out, startTrial(options, row.start, seed));
  if (row.method === 'none') return start;
  return join(options.out, 'self-training', nameOf(options, row, seed, basename(start)));
}

/** The adaptation of a row at a seed, as a `train` command: it goes on where it was. */
export function adaptTask(options: StartOptions, row: Row, seed: number): Task {
  return adaptation({
    dir: rowFolder(options, row, seed),
    label: row.label,
    seed,
    recipe: toArguments(recipeOptions, recipeOf(options, row, seed)),
    settings: options.benchmark.settings,
  });
}

/** The features of a row's run at a seed. */
export function featuresTask(options: StartOptions, row: Row, seed: number): Task {
  const dir = rowFolder(options, row, seed);
  const { workers } = options.benchmark.settings;
  return {
    name: `features-${basename(dir)}`,
    label: `features of ${row.label}`,
    done: () => existsSync(join(dir, 'features.safetensors')),
    args: () => ['features', dir, ...toArguments(runOptions, { workers })],
  };
}

function recipeOf(options: StartOptions, { start, method }: Row, seed: number) {
  const init = runFolder(options.out, startTrial(options, start, seed));
  return parseOptions(recipeOptions, { ...options.benchmark.given, init, method, seed });
}

/** Start, method, seed, and a hash of all that decides a run's numbers but the files' places. */
function nameOf(options: StartOptions, row: Row, seed: number, start: string): string {
  const { init: _init, data: _data, ...rest } = recipeOf(options, row, seed);
  return trialName(`${row.start}-${row.method.replaceAll('+', '-')}`, seed, { ...rest, start });
}
