import { type Params, tf, UserError } from '@syn2real/core';

/**
 * The exponential moving average of a student's weights: θ' ← d·θ' + (1 − d)·θ.
 *
 * @param average the teacher's weights; only read
 * @param params the student's; one that the teacher lacks is copied
 * @param decay d in 0…1. 0.99 is usual
 * @returns new tensors, the caller's; the caller disposes `average`
 * @throws UserError where the decay is out of range
 * @example
 * ```ts
 * const next = movingAverage(teacher, state.params, 0.99);
 * disposeParams(teacher);
 * ```
 * @see Tarvainen, Valpola, Mean teachers are better role models, NeurIPS 2017
 */
export function movingAverage(average: Params, params: Params, decay: number): Params {
  if (!(decay >= 0 && decay <= 1)) {
    throw new UserError({
      what: 'the decay of a moving average is out of range',
      got: String(decay),
      expected: 'a number from 0 to 1',
      fix: 'pass 0.99',
    });
  }
  return Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const before = average[name];
      if (before === undefined) return [name, tensor.clone()];
      return [name, tf.tidy(() => before.mul(decay).add(tensor.mul(1 - decay)))];
    }),
  );
}

/** Options of {@link confidentLabels}. */
export interface ConfidentLabelsOptions {
  /** The least confidence that gives a label. Default 0.968. */
  readonly threshold?: number;
}

/**
 * A teacher's hard labels of a batch, one-hot; rows of zeros where it is not confident (or says NaN).
 *
 * @param logits the teacher's, `[rows, K]`; no gradient passes
 * @returns `[rows, K]`, to be disposed by the caller
 * @example
 * ```ts
 * const loss = selfTrainingLoss({ logits, labels: confidentLabels(teacherLogits), isTarget });
 * ```
 * @see French, Mackiewicz, Fisher, Self-ensembling for visual domain adaptation, ICLR 2018: the threshold 0.968
 */
export function confidentLabels(
  logits: tf.Tensor2D,
  { threshold = 0.968 }: ConfidentLabelsOptions = {},
): tf.Tensor2D {
  return tf.tidy(() => {
    const p = tf.softmax(logits);
    // One class at most: nothing but comparisons, which every engine computes in the graph of the step.
    if (Math.fround(threshold) > 0.5) return p.greaterEqual(threshold).cast<tf.Tensor2D>('float32');
    const isConfident = p.max(-1, true).greaterEqual(threshold).cast('float32');
    return tf.oneHot(p.argMax(-1), logits.shape[1]).cast('float32').mul<tf.Tensor2D>(isConfident);
  });
}
