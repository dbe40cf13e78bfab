import { tf } from '@syn2real/core';
import { ACTIONS } from './shapes.js';

/** Index of the chosen scale of each coordinate: k stands for k/10. */
export type JointAction = readonly number[];

/**
 * Log-probability of each step's joint action: log π(a) = Σ_c log π_c(a_c).
 *
 * Differentiable in the logits. Call it inside `tf.tidy`.
 *
 * @param logits `[T, C, 11]`
 * @param actions T joint actions
 * @returns `[T]`; −C·ln 11 for a uniform policy
 * @example
 * ```ts
 * const logProbs = logProbability(tf.zeros([1, 7, 11]), [[0, 1, 2, 3, 4, 5, 6]]); // −16.785267
 * ```
 */
export function logProbability(logits: tf.Tensor3D, actions: readonly JointAction[]): tf.Tensor1D {
  const chosen = tf.oneHot(
    tf.tensor2d(
      actions.map((action) => [...action]),
      undefined,
      'int32',
    ),
    ACTIONS,
  );
  return tf.logSoftmax(logits).mul(chosen.cast('float32')).sum([1, 2]) as tf.Tensor1D;
}

/**
 * Entropy of the policy, averaged over coordinates and steps: −mean Σ_k π(k)·log π(k), in nats.
 *
 * Differentiable in the logits. Call it inside `tf.tidy`.
 *
 * @param logits `[T, C, 11]`
 * @returns a scalar; ln 11 = 2.397895 for a uniform policy
 */
export function entropy(logits: tf.Tensor3D): tf.Scalar {
  const logProbs = tf.logSoftmax(logits);
  return logProbs.exp().mul(logProbs).sum(2).mean().neg() as tf.Scalar;
}

/** softmax in 64 bits. */
export function probabilities(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The index that a uniform number in [0, 1) falls on when [0, 1) is divided by the probabilities. */
export function indexAt(probs: readonly number[], uniform: number): number {
  let below = 0;
  let last = 0;
  for (let k = 0; k < probs.length; k++) {
    if (probs[k]! <= 0) continue;
    below += probs[k]!;
    last = k;
    if (uniform < below) return k;
  }
  return last;
}

/** Index of the largest probability, the first of equals. */
export function likeliest(probs: readonly number[]): number {
  return probs.reduce((best, p, k) => (p > probs[best]! ? k : best), 0);
}
