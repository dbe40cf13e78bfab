import type { Params } from '@syn2real/core';
import { policyFromStateDict, policyToStateDict, type TorchTensor } from '@syn2real/l2o';
import { fromFloat32, type TensorRecord, toFloat32, writeSafetensors } from '@syn2real/weights';
import { loadWeights } from './weights.js';

/** A policy and the SHA-256 of its file. */
export interface LoadedPolicy {
  /** Owned by the caller. */
  readonly params: Params;
  readonly sha256: string;
}

/**
 * Reads a policy: what {@link writePolicy} wrote, or a released `policy_*.pth`.
 *
 * @throws UserError where the file is not a policy
 */
export async function loadPolicy(file: string): Promise<LoadedPolicy> {
  const { tensors, sha256 } = await loadWeights(file, { offline: true });
  const named = Object.entries(tensors).map(([name, record]): [string, TorchTensor] => [
    name,
    { shape: record.shape, data: toFloat32(record) },
  ]);
  return { params: policyFromStateDict(Object.fromEntries(named)), sha256 };
}

/** Writes a policy by the released state dict's names and layouts. */
export async function writePolicy(file: string, policy: Params): Promise<void> {
  const records = Object.entries(await policyToStateDict(policy)).map(
    ([name, { shape, data }]): [string, TensorRecord] => [name, fromFloat32(data, shape)],
  );
  await writeSafetensors(file, Object.fromEntries(records), { format: 'syn2real-l2o-policy/1' });
}
