import { tf } from '@syn2real/core';

/** The model regularisers of CRST, by name. */
export type ConfidenceName = 'mrkld' | 'mrl2' | 'mrent';

/**
 * Confidence regularisers r(p) of CRST on softmax outputs, one value a row:
 * - `mrkld` −(1/K) Σ_k log p_k (KL of the uniform distribution from p, but for a constant)
 * - `mrl2` Σ_k p_k²
 * - `mrent` Σ_k p_k log p_k (negative entropy)
 *
 * @param logits `[…, K]`; stable for logits of any size
 * @returns `[…]`, to be disposed by the caller (or a surrounding tidy)
 * @example
 * ```ts
 * const penalty = confidence('mrkld', logits).mean().mul(0.1);
 * ```
 * @see Zou et al., Confidence Regularized Self-Training, ICCV 2019, Table 1
 */
export function confidence(name: ConfidenceName, logits: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const logP = tf.logSoftmax(logits);
    switch (name) {
      case 'mrkld':
        return logP.mean(-1).neg();
      case 'mrl2':
        return logP.mul(2).exp().sum(-1);
      case 'mrent':
        return logP.exp().mul(logP).sum(-1);
    }
  });
}
