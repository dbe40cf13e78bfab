import { type FeatureName, type Features, type FunctionRegularizer, tf } from '@syn2real/core';
import { checkWeight, entry } from './checks.js';
import { asMap, checkGrid, type Grid, meanPool, pooledPatches } from './patches.js';
import { checkSameShape } from './stop-gradient.js';

/** Options of {@link road}. */
export interface RoadOptions {
  /** Coefficient in the total loss. Default 0.1. ASG does not say which it used. */
  weight?: number;
  /** The map that is compared, or several. Default `"layer4"`. */
  feature?: FeatureName | readonly FeatureName[];
  /**
   * Compares the means of regions in place of single positions: rows and columns of the division, such as ROAD's
   * `[3, 3]`. Default: every position for itself.
   */
  regions?: Grid;
}

/** Shortest difference that the gradient divides by. */
const EPSILON = 1e-12;

/**
 * ROAD's distillation: L = (1/(B·h·w)) Σ_{b,i,j} ‖x_bij − z_bij‖₂, the Euclidean distance, not squared, between the
 * trained and the frozen network's feature vectors at each position.
 *
 * Of several features, it is the sum of theirs. With `regions`, x_bij and z_bij are the means over the positions of
 * region (i, j), of ⌈h/rows⌉ × ⌈w/columns⌉ positions: it lets a feature move within its region, for dense prediction,
 * where places of a scene have statistics of their own.
 *
 * The gradient (x − z) / ‖x − z‖ is taken as 0 where x = z, as at the first step: neither loss nor gradient is ever
 * NaN. Works on maps `[B, h, w, C]` and vectors `[B, C]`. The record keeps z, under the feature's name; no gradient
 * reaches it, and the old head is not used.
 *
 * The record's tensors belong to whoever calls `record` (a new handle on the feature), the loss to the enclosing
 * `tf.tidy`.
 *
 * @throws RangeError where the weight is negative, or the regions are no whole numbers
 * @example
 * ```ts
 * const distillation = road({ weight: 0.1, feature: ['layer3', 'layer4'], regions: [3, 3] });
 * ```
 * @see Chen, Li, Van Gool: ROAD (CVPR 2018). It distils on real target images; as in ASG's comparison, nothing here
 * asks for real ones; of the spatial-aware part, an adversary a region on real images, only the division into regions is
 * here
 */
export function road({ weight = 0.1, feature = 'layer4', regions }: RoadOptions = {}): FunctionRegularizer {
  const name = 'road';
  checkWeight(name, weight);
  if (regions !== undefined) checkGrid(name, regions, 0);
  const needs = typeof feature === 'string' ? [feature] : [...feature];
  if (needs.length === 0) throw new RangeError(`${name}: name at least one feature.`);
  const compared = (features: Features, at: FeatureName): tf.Tensor => {
    const value = entry(name, 'feature', features, at);
    return regions === undefined ? value : pooledPatches(asMap(name, at, value), regions, 0, meanPool);
  };
  return {
    name,
    weight,
    needs,
    record: (teacher) =>
      tf.tidy(() => Object.fromEntries(needs.map((at) => [at, compared(teacher, at).clone()]))),
    loss(student, teacher) {
      const distances = needs.map((at) => {
        const [x, z] = [compared(student, at), entry(name, 'record', teacher, at)];
        checkSameShape(name, x, z);
        return meanDistance(x, z);
      });
      return distances.reduce((sum, distance) => sum.add<tf.Scalar>(distance));
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
