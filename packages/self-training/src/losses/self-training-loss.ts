import { tf } from '@syn2real/core';
import { type ConfidenceName, confidence } from './confidence.js';

/** A regulariser of the model's confidence on pseudo-labelled rows. */
export interface WeightedConfidence {
  readonly name: ConfidenceName;
  /** α. CRST: 0.1 for `mrkld`. */
  readonly weight: number;
  /**
   * The released code applies the weight twice, so that α² is in force (0.01 for 0.1). `once` is the paper's equation.
   * Default `once`.
   */
  readonly applied?: 'once' | 'twice';
}

/** Rows of one batch: source rows with their labels, target rows with pseudo-labels. */
export interface SelfTrainingRows {
  /** `[rows, K]` */
  readonly logits: tf.Tensor2D;
  /** `[rows, K]`: one-hot, soft, or zeros where a row has no label. */
  readonly labels: tf.Tensor2D;
  /** `[rows]`: 1 for target rows, 0 for source rows. */
  readonly isTarget: tf.Tensor1D;
}

/** Options of {@link selfTrainingLoss}. */
export interface SelfTrainingLossOptions {
  /**
   * The rows whose number divides the penalties: all `labelled` ones (as published for images), or the labelled `target`
   * rows (as released for pixels). Default `labelled`.
   */
  readonly penaltyOver?: 'labelled' | 'target';
}

/**
 * Loss of self-training over source and pseudo-labelled target rows:
 *
 * L = (1/n) [Σ_i −Σ_k ŷ_ik log p_ik + Σ_r α_r Σ_{i target, labelled} r(p_i)], n the rows with a label (at least 1)
 *
 * Rows without a label contribute nothing, also no gradient, and where none has a label the loss is 0.
 *
 * @param regularisers none, one, or several that are added up. Default: none
 * @returns a scalar, to be disposed by the caller
 * @example
 * ```ts
 * const loss = selfTrainingLoss({ logits, labels, isTarget }, { name: 'mrkld', weight: 0.1 });
 * ```
 * @see Zou et al., Confidence Regularized Self-Training, ICCV 2019, equation 6
 */
export function selfTrainingLoss(
  rows: SelfTrainingRows,
  regularisers: WeightedConfidence | readonly WeightedConfidence[] = [],
  { penaltyOver = 'labelled' }: SelfTrainingLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const { logits, labels, isTarget } = rows;
    const isLabelled = labels.sum(-1).greater(0).cast('float32');
    const isPenalised = isLabelled.mul(isTarget);
    const labelled = isLabelled.sum().maximum(1);
    const divisor = penaltyOver === 'labelled' ? labelled : isPenalised.sum().maximum(1);
    const task = tf.logSoftmax(logits).mul(labels).sum().neg().div(labelled);
    const penalties = [regularisers].flat().map(({ name, weight, applied = 'once' }) =>
      confidence(name, logits)
        .mul(isPenalised)
        .sum()
        .mul(applied === 'once' ? weight : weight * weight)
        .div(divisor),
    );
    return penalties.reduce((sum, penalty) => sum.add(penalty), task).asScalar();
  });
}
