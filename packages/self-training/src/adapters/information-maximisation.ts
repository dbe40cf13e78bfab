import { tf } from '@syn2real/core';

/** Weights of {@link informationMaximisation}. */
export interface InformationMaximisationOptions {
  /** Weight of the diversity term. Default 1. */
  readonly diversity?: number;
}

/**
 * SHOT's loss of target rows, without labels: confident one by one, diverse as a whole.
 *
 * L = −(1/n) Σ_i Σ_k p_ik log p_ik + w Σ_k p̄_k log p̄_k, with p̄ the mean of the rows
 *
 * Stable for logits of any size: log p̄ is taken by log-sum-exp.
 *
 * @param logits `[rows, K]`
 * @returns a scalar, to be disposed by the caller; 0 where there is no row
 * @example
 * ```ts
 * const loss = informationMaximisation(logits);
 * ```
 * @see Liang, Hu, Feng, Do We Really Need to Access the Source Data?, ICML 2020, equations 3 and 4
 */
export function informationMaximisation(
  logits: tf.Tensor2D,
  { diversity = 1 }: InformationMaximisationOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const [rows] = logits.shape;
    if (rows === 0) return tf.scalar(0);
    const logP = tf.logSoftmax(logits);
    const entropy = logP.exp().mul(logP).sum().div(-rows);
    const logMean = tf.logSumExp(logP, 0).sub(Math.log(rows));
    return entropy.add(logMean.exp().mul(logMean).sum().mul(diversity)).asScalar();
  });
}
