import { tf } from '@syn2real/core';

/**
 * Forms of the REINFORCE loss:
 * - `equation7`: −(1/U) Σ_t G_t·log π(a_t), as in the paper;
 * - `released`: −mean(G)·mean(log π), what the released code computes: shapes [U, 1] and [U, 1, 1] broadcast to all
 *   pairs, so that no decision gets credit of its own.
 */
export type ReinforceForm = 'equation7' | 'released';

/**
 * The REINFORCE loss of a rollout of U decisions.
 *
 * Differentiable in the log-probabilities. Call it inside `tf.tidy`.
 *
 * @param logProbs log π(a_t), `[U]`
 * @param returns G_t, or advantages
 * @param form default `equation7`
 * @returns a scalar
 * @example
 * ```ts
 * const loss = reinforceLoss(logProbability(logits, actions), [0.02, -0.01, 0.03, 0, 0.01]);
 * ```
 * @see ASG eq. 7; Williams, Machine Learning 8, 1992
 */
export function reinforceLoss(
  logProbs: tf.Tensor1D,
  returns: readonly number[],
  form: ReinforceForm = 'equation7',
): tf.Scalar {
  if (returns.length !== logProbs.size) {
    throw new Error(`${logProbs.size} decisions need as many returns; got ${returns.length}.`);
  }
  const weights = tf.tensor1d([...returns], 'float32');
  const loss =
    form === 'equation7' ? weights.mul(logProbs).mean().neg() : weights.mean().mul(logProbs.mean()).neg();
  return loss as tf.Scalar;
}
