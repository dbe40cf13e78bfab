import { basename, dirname } from 'node:path';
import { type SuiteTrial, trialName } from '@syn2real/cli';
import { parseRecipe, type Recipe } from '../config/train-options.js';
import type { Benchmark, Given, GivenSettings } from './benchmark.js';

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

function nameOf(recipe: Recipe): string {
  const { data: _data, retention, weights: _weights, policy, ...rest } = recipe;
  const identity = {
    ...rest,
    retention: retention !== undefined,
    policy: policy === undefined ? null : basename(dirname(policy)),
  };
  const controller = recipe.controller === 'none' || recipe.method === 'asg' ? '' : `-${recipe.controller}`;
  return trialName(`${recipe.method}${controller}`, recipe.seed, identity);
}
