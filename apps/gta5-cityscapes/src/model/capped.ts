import { type FunctionRegularizer, tf } from '@syn2real/core';

/**
 * A regularizer whose share of the total, λ·L, is at most `limit`: L′ = min(L, limit/λ), with the gradient
 * ∇L′ = ∇L · min(1, limit/(λ·L)), so that direction is kept and only the weight falls.
 *
 * @see the released ASG code for GTA5 with a learned policy, where the limit is 9
 */
export function capped(regularizer: FunctionRegularizer, limit: number): FunctionRegularizer {
  const most = regularizer.weight > 0 ? limit / regularizer.weight : Number.MAX_VALUE;
  const cap = tf.customGrad((loss, save) => {
    const value = loss as tf.Scalar;
    (save as tf.GradSaveFunc)([value]);
    return {
      value: tf.minimum<tf.Scalar>(value, most),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => dy.mul(tf.minimum(1, tf.div(most, saved!))),
    };
  });
  return {
    ...regularizer,
    loss: (student, teacher, oldHead) => cap(regularizer.loss(student, teacher, oldHead)) as tf.Scalar,
  };
}
