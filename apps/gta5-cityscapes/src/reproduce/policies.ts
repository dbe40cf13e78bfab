import { join } from 'node:path';
import { POLICY_FILE } from '@syn2real/app-visda17';
import { runTask, type SuitePolicy, type Task, toArguments, trialName } from '@syn2real/cli';
import {
  type PolicyRecipe,
  parsePolicyRecipe,
  policyOptions,
  policyRunOptions,
} from '../config/policy-options.js';
import type { Benchmark, GivenSettings } from './benchmark.js';

/** The policies of a suite, one a seed: learned on the source's loss with guidance, at one base rate for every group. */
export function policiesOf(
  { given, policy, settings, lambda }: Benchmark,
  { seeds, epochs, out }: { seeds: number; epochs: number; out: string },
): SuitePolicy[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const recipe = parsePolicyRecipe({ ...given, retention: undefined, lambda, ...policy, epochs, seed });
    const dir = join(out, 'policies', nameOf(recipe));
    return { seed, file: join(dir, POLICY_FILE), task: policyTask(dir, recipe, settings) };
  });
}

function nameOf({ source: _source, weights: _weights, from: _from, ...rest }: PolicyRecipe): string {
  return trialName('policy', rest.seed, rest);
}

/** A policy's training as a `train-policy` command, which goes on where it was. */
function policyTask(dir: string, recipe: PolicyRecipe, settings: GivenSettings): Task {
  return runTask({
    name: nameOf(recipe),
    label: `policy, seed ${recipe.seed}`,
    dir,
    args: (run) => [
      'train-policy',
      ...toArguments(policyOptions, recipe),
      ...toArguments(policyRunOptions, { ...settings, ...run }),
    ],
  });
}
