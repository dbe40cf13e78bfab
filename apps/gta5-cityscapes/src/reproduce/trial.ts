import { basename, dirname } from 'node:path';
import {
  runFolder,
  runTask,
  type SuiteTrial,
  SWEEP_SEED,
  type Task,
  toArguments,
  trialName,
} from '@syn2real/cli';
import { parseRecipe, type Recipe, recipeOptions, runOptions } from '../config/train-options.js';
import type { Benchmark, Given, GivenSettings } from './benchmark.js';
import type { Row } from './rows.js';

/** One training run of a suite. */
export interface Trial extends SuiteTrial {
  readonly recipe: Recipe;
  readonly settings: GivenSettings;
}

/** The trial of a row at a seed. */
export function trialOf(
  benchmark: Pick<Benchmark, 'given' | 'settings'>,
  { label, given, seed, settings }: { label: string; given: Given; seed: number; settings?: GivenSettings },
): Trial {
  const recipe = parseRecipe({ ...benchmark.given, ...given, seed });
  return { name: nameOf(recipe), label, recipe, settings: { ...benchmark.settings, ...settings } };
}

/** Held-out source images of a sweep where the benchmark itself has none. */
const HELD_OUT = 100;

/** The trial of a value of a row's sweep; the target's labels are never read in it. */
export function sweepTrial(benchmark: Benchmark, row: Row, lambda: number): Trial {
  const sourceHeldOut = benchmark.given.sourceHeldOut || HELD_OUT;
  return trialOf(benchmark, {
    label: `${row.label}, λ = ${lambda}, sweep`,
    given: { ...row.given, lambda, sourceHeldOut },
    seed: SWEEP_SEED,
    settings: { measureTarget: 'never' },
  });
}

/** The recipe without the places of its files. */
function nameOf(recipe: Recipe): string {
  const { source: _source, target, weights, retention, policy, ...rest } = recipe;
  const identity = {
    ...rest,
    target: target !== undefined,
    retention: retention !== undefined,
    weights: basename(weights),
    policy: policy === undefined ? null : basename(dirname(policy)),
  };
  const controller = recipe.controller === 'none' || recipe.method === 'asg' ? '' : `-${recipe.controller}`;
  return trialName(`${recipe.method}${controller}`, recipe.seed, identity);
}

/** A trial as a `train` command: it goes on where it was, and a finished one is left as it is. */
export function trainTask(out: string, trial: Trial): Task {
  return runTask({
    name: trial.name,
    label: `${trial.label}, seed ${trial.recipe.seed}`,
    dir: runFolder(out, trial),
    args: (run) => [
      'train',
      ...toArguments(recipeOptions, trial.recipe),
      ...toArguments(runOptions, { ...trial.settings, label: trial.label, ...run }),
    ],
  });
}
