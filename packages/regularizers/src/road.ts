import { type FeatureName, type FunctionRegularizer, tf } from '@syn2real/core';
import { checkWeight, entry } from './checks.js';
import { checkSameShape } from './stop-gradient.js';

/** Options of {@link road}. */
export interface RoadOptions {
  /** Coefficient in the total loss. Default 0.1. ASG does not say which it used. */
  weight?: number;
  /** The map that is compared. Default `"layer4"`. */
  feature?: FeatureName;
}

/** Shortest difference that the gradient divides by. */
const EPSILON = 1e-12;

/**
 * ROAD's distillation: L = (1/(B·h·w)) Σ_{b,i,j} ‖x_bij − z_bij‖₂, the Euclidean distance, not squared, between the
 * trained and the frozen network's feature vectors at each position.
 *
 * The gradient (x − z) / ‖x − z‖ is taken as 0 where x = z, as at the first step: neither loss nor gradient is ever
 * NaN. Works on maps `[B, h, w, C]` and vectors `[B, C]`. The record keeps z, as `feature`; no gradient reaches it, and
 * the old head is not used.
 *
 * The record's tensors belong to whoever calls `record` (a new handle on the feature), the loss to the enclosing
 * `tf.tidy`.
 *
 * @throws RangeError where the weight is negative
 * @example
 * ```ts
 * const distillation = road({ weight: 0.1 });
 * ```
 * @see Chen, Li, Van Gool: ROAD (CVPR 2018). It distils on real target images; as in ASG's comparison, nothing here
 * asks for real ones, and the spatial-aware adversarial part is left out
 */
export function road({ weight = 0.1, feature = 'layer4' }: RoadOptions = {}): FunctionRegularizer {
  const name = 'road';
  checkWeight(name, weight);
  return {
    name,
    weight,
    needs: [feature],
    record: (teacher) => ({ feature: entry(name, 'feature', teacher, feature).clone() }),
    loss(student, teacher) {
      const x = entry(name, 'feature', student, feature);
      const z = entry(name, 'record', teacher, 'feature');
      checkSameShape(name, x, z);
      return meanDistance(x, z);
    },
  };
}

/** Mean over positions of ‖x − z‖₂, its gradient in x written out. */
function meanDistance(x: tf.Tensor, z: tf.Tensor): tf.Scalar {
  const positions = x.size / x.shape[x.shape.length - 1]!;
  const op = tf.customGrad((value, save) => {
    const difference = (value as tf.Tensor).sub(z);
    const distance = difference.square().sum(-1, true).sqrt();
    (save as tf.GradSaveFunc)([difference, distance]);
    return {
      value: distance.sum().div(positions),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        saved[0]!.div(saved[1]!.maximum(EPSILON)).mul(dy.div(positions)),
    };
  });
  return op(x) as tf.Scalar;
}
