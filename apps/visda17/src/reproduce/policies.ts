import { join } from 'node:path';
import { runTask, type Task, toArguments, trialName } from '@syn2real/cli';
import {
  type PolicyRecipe,
  parsePolicyRecipe,
  policyOptions,
  policyRunOptions,
} from '../config/policy-options.js';
import { POLICY_FILE } from '../training/meta-training.js';
import type { Benchmark, GivenSettings } from './benchmark.js';

/** A policy to be trained, one a seed. */
export interface PolicyTrial {
  readonly name: string;
  readonly seed: number;
  readonly recipe: PolicyRecipe;
  readonly settings: GivenSettings;
}

/** The policies of a suite, one a seed: learned on the source's loss with guidance, at one base rate for every group. */
export function policyTrials(
  { given, policy, settings }: Benchmark,
  { seeds, epochs }: { seeds: number; epochs: number },
): PolicyTrial[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const shared = { ...given, retention: undefined, schedule: undefined };
    const recipe = parsePolicyRecipe({ ...shared, lambda: 0.1, ...policy, epochs, seed });
    return { name: nameOf(recipe), seed, recipe, settings };
  });
}

function nameOf({ data: _data, weights: _weights, from: _from, ...rest }: PolicyRecipe): string {
  return trialName('policy', rest.seed, rest);
}

/** Folder of a policy's training. */
export function policyFolder(out: string, { name }: Pick<PolicyTrial, 'name'>): string {
  return join(out, 'policies', name);
}

/** The trained policy. */
export function policyFile(out: string, policy: Pick<PolicyTrial, 'name'>): string {
  return join(policyFolder(out, policy), POLICY_FILE);
}

/** A policy's training as a `train-policy` command, which goes on where it was. */
export function policyTask(out: string, policy: PolicyTrial): Task {
  return runTask({
    name: policy.name,
    label: `policy, seed ${policy.seed}`,
    dir: policyFolder(out, policy),
    args: (run) => [
      'train-policy',
      ...toArguments(policyOptions, policy.recipe),
      ...toArguments(policyRunOptions, { ...policy.settings, ...run }),
    ],
  });
}
