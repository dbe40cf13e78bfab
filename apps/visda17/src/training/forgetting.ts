import type { GroupRates, Params, tf } from '@syn2real/core';
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

/**
 * ‖θ_g − θ*_g‖₂ of each group that the start has parameters of, in double precision; off the backend, which would keep its
 * memory for differences as large as the parameters.
 */
export async function distances(
  params: Params,
  start: Params,
  groupOf: (param: string) => string,
): Promise<GroupRates> {
  const squares: Record<string, number> = {};
  for (const [name, before] of Object.entries(start)) {
    const group = groupOf(name);
    squares[group] = (squares[group] ?? 0) + squaredDistance(await params[name]!.data(), await before.data());
  }
  return Object.fromEntries(Object.entries(squares).map(([group, square]) => [group, Math.sqrt(square)]));
}

function squaredDistance(a: tf.TypedArray, b: tf.TypedArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
