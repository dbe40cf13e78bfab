import { readFileSync } from 'node:fs';
import type { TorchStateDict, TorchTensor } from '../policy/state-dict.js';
import type { Rollout } from '../reinforce/rollout.js';

type Packed = Readonly<Record<string, { shape: number[]; data: string }>>;

/** An unroll as PyTorch computed it. */
export interface GoldenCase {
  resets: boolean[];
  form: 'equation7' | 'released';
  logits: number[][][];
  h: number[];
  c: number[];
  logProb: number[];
  entropy: number;
  loss: number;
  grads: Packed;
}

/** What goldens/capture.py wrote. */
export const goldens: {
  parameters: number;
  stateDict: Packed;
  observations: number[][];
  actions: number[][];
  rewards: number[];
  h0: number[];
  c0: number[];
  carried: GoldenCase;
  reset: GoldenCase;
  released: GoldenCase;
  trajectory: { learningRate: number; losses: number[]; logits: number[][][] };
  orthogonal: { gaussian: number[][]; orthogonal: number[][] }[];
  example: { h: number; c: number }[];
} = JSON.parse(readFileSync(new URL('../goldens/policy.json', import.meta.url), 'utf8'));

/** Tensors of the golden file in PyTorch's layout. */
export function unpack(packed: Packed): TorchStateDict {
  const entries = Object.entries(packed).map(([name, { shape, data }]): [string, TorchTensor] => {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    return [name, { shape, data: new Float32Array(bytes.buffer) }];
  });
  return Object.fromEntries(entries);
}

/** The golden rollout, with episodes beginning where the case has resets. */
export function goldenRollout({ resets }: GoldenCase): Rollout {
  return {
    hidden: { h: goldens.h0, c: goldens.c0 },
    transitions: goldens.observations.map((observation, t) => ({
      observation,
      actions: goldens.actions[t]!,
      reward: goldens.rewards[t]!,
      episodeStart: resets[t]!,
    })),
  };
}
