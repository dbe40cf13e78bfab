import { basename, dirname, join } from 'node:path';
import { asJson, canonicalJson, sha256 } from '@syn2real/trainer';
import { parseRecipe, type Recipe } from '../config/train-options.js';
import type { Benchmark, Given, GivenSettings } from './benchmark.js';

/** One training run of a suite. */
export interface Trial {
  /** Folder of the run: method, seed, and a hash of all that decides its numbers but the files' places. */
  readonly name: string;
  readonly label: string;
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

/** Trials by name: one that several tables share is there once. */
export function distinct<T extends { readonly name: string }>(trials: readonly T[]): T[] {
  return [...new Map(trials.map((trial) => [trial.name, trial])).values()];
}

/** Folder of a trial's run. */
export function runFolder(out: string, { name }: Pick<Trial, 'name'>): string {
  return join(out, 'runs', name);
}

function nameOf(recipe: Recipe): string {
  const { data: _data, retention, weights: _weights, policy, ...rest } = recipe;
  const identity = {
    ...rest,
    retention: retention !== undefined,
    policy: policy === undefined ? null : basename(dirname(policy)),
  };
  const hash = sha256(canonicalJson(asJson(identity)));
  const controller = recipe.controller === 'none' || recipe.method === 'asg' ? '' : `-${recipe.controller}`;
  return `${recipe.method}${controller}-seed${recipe.seed}-${hash.slice(0, 8)}`;
}
