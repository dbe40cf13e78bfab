import { type FeatureName, type FunctionRegularizer, tf } from '@syn2real/core';
import { checkWeight, entry } from './checks.js';
import { checkSameShape, stopGradient } from './stop-gradient.js';

/** Options of {@link featureDistillation}. */
export interface FeatureDistillationOptions {
  /** Coefficient in the total loss. Default 1. */
  weight?: number;
  /** The feature that is compared, a vector or a map. Default `"pool"`. */
  feature?: FeatureName;
  /** Default `'mse'`. */
  distance?: 'mse' | 'cosine';
}

/** Keeps the length of a zero vector from dividing 0 by 0. */
const EPSILON = 1e-12;

/**
 * Feature distillation: a feature of the trained network stays close to the frozen network's.
 *
 * `'mse'`: L = mean over all elements of (x − z)². `'cosine'`: L = mean over images and positions of
 * 1 − x·z / (‖x‖ ‖z‖), computed as ½‖x/‖x‖ − z/‖z‖‖², which is exactly 0, with zero gradient, at x = z.
 *
 * The record keeps z, as `feature`. No gradient reaches the teacher, and the old head is not used.
 *
 * The record's tensors belong to whoever calls `record` (a new handle on the feature), the loss to the enclosing
 * `tf.tidy`.
 *
 * @throws RangeError where the weight is negative or the distance unknown
 * @example
 * ```ts
 * const distillation = featureDistillation({ feature: 'layer4', distance: 'cosine' });
 * ```
 * @see Romero et al.: FitNets (ICLR 2015), eq. 3, without its regressor; the mean instead of ½ of the sum
 */
export function featureDistillation({
  weight = 1,
  feature = 'pool',
  distance = 'mse',
}: FeatureDistillationOptions = {}): FunctionRegularizer {
  const name = 'feature-distillation';
  checkWeight(name, weight);
  if (distance !== 'mse' && distance !== 'cosine') {
    throw new RangeError(`${name}: the distance is 'mse' or 'cosine'; got ${JSON.stringify(distance)}.`);
  }
  return {
    name,
    weight,
    needs: [feature],
    record: (teacher) => ({ feature: entry(name, 'feature', teacher, feature).clone() }),
    loss(student, teacher) {
      return tf.tidy(() => {
        const x = entry(name, 'feature', student, feature);
        const z = stopGradient(entry(name, 'record', teacher, 'feature'));
        checkSameShape(name, x, z);
        if (distance === 'mse') return x.sub(z).square().mean<tf.Scalar>();
        return unit(x).sub(unit(z)).square().sum(-1).mean<tf.Scalar>().mul<tf.Scalar>(0.5);
      });
    },
  };
}

function unit(x: tf.Tensor): tf.Tensor {
  return x.mul(x.square().sum(-1, true).add(EPSILON).rsqrt());
}
