import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import type { Task } from './task.js';

/** A policy to be trained, one a seed. */
export interface PolicyTrial {
  readonly name: string;
  readonly seed: number;
}

/** The policies of a suite, one a seed. */
export function policyTrials(
  _benchmark: Benchmark,
  { seeds, epochs }: { seeds: number; epochs: number },
): PolicyTrial[] {
  return Array.from({ length: seeds }, (_, seed) => ({ name: `policy-${epochs}-seed${seed}`, seed }));
}

/** Where a policy's training writes. */
export function policyFolder(out: string, { name }: PolicyTrial): string {
  return join(out, 'policies', name);
}

/** The trained policy. */
export function policyFile(out: string, policy: PolicyTrial): string {
  return join(policyFolder(out, policy), 'policy.safetensors');
}

/** A policy's training as a `train-policy` command. */
export function policyTask(out: string, policy: PolicyTrial): Task {
  return {
    name: policy.name,
    label: `policy, seed ${policy.seed}`,
    done: () => existsSync(policyFile(out, policy)),
    args: () => ['train-policy'],
  };
}
