import { type GroupRates, type Params, tf } from '@syn2real/core';
import { logSumExp } from '../model/log-sum-exp.js';
import { argMax } from '../model/predict-classes.js';

/** The frozen network's raw scores through the old classifier, by place in the measured order. */
export type FrozenScores = ReadonlyMap<number, Float32Array>;

/** What the trained network answers to the old task, compared with the frozen one. */
export interface Forgetting {
  /** Share of images with the same answer. */
  readonly agreement: number;
  /** Mean KL(p_frozen ‖ p_now), in nats. */
  readonly kl: number;
  readonly images: number;
}

/** Compares raw scores image by image; `add` is a listener for `predictClasses`. */
export function compareWith(frozen: FrozenScores): {
  add(place: number, scores: Float32Array): void;
  result(): Forgetting;
} {
  let images = 0;
  let same = 0;
  let divergence = 0;
  return {
    add(place, scores) {
      const before = frozen.get(place);
      if (before === undefined) return;
      images += 1;
      if (argMax(before) === argMax(scores)) same += 1;
      divergence += klOfLogits(before, scores);
    },
    result: () => ({ agreement: same / images, kl: divergence / images, images }),
  };
}

/** KL(softmax(a) ‖ softmax(b)), in double precision; 0 for equal bits. */
export function klOfLogits(a: Float32Array, b: Float32Array): number {
  const [logA, logB] = [logSumExp(a), logSumExp(b)];
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const logP = a[k]! - logA;
    sum += Math.exp(logP) * (logP - (b[k]! - logB));
  }
  return Math.max(0, sum);
}

/** ‖θ_g − θ*_g‖₂ of each group that the start has parameters of. */
export async function distances(
  params: Params,
  start: Params,
  groupOf: (param: string) => string,
): Promise<GroupRates> {
  const groups = [...new Set(Object.keys(start).map(groupOf))];
  const squares = tf.tidy(() =>
    tf.stack(
      groups.map((group) => {
        const names = Object.keys(start).filter((name) => groupOf(name) === group);
        return tf.addN(names.map((name) => tf.squaredDifference(params[name]!, start[name]!).sum()));
      }),
    ),
  );
  const values = await squares.data();
  squares.dispose();
  return Object.fromEntries(groups.map((group, g) => [group, Math.sqrt(values[g]!)]));
}
