import {
  crossEntropyToTeacher,
  type FeatureName,
  type Features,
  type FunctionRegularizer,
  klDivergence,
  type OldHead,
  tf,
} from '@syn2real/core';
import { checkWeight, entry } from './checks.js';
import { asMap, checkGrid, type Grid, meanPool, type PoolPatch, pooledPatches } from './patches.js';
import type { ProxyGuidanceOptions } from './proxy-guidance.js';

/** Options of {@link denseProxyGuidance}; the weight's default is 75, ASG's for segmentation. */
export interface DenseProxyGuidanceOptions extends ProxyGuidanceOptions {
  /** The map that is cut up: `"layer4"` of a ResNet, `"pool5"` of VGG-16. Default `"layer4"`. */
  feature?: FeatureName;
  /** How the old network pools its map before the classifier. Default the mean over positions, as a ResNet does. */
  pool?: PoolPatch;
  /** Rows and columns of patches; `[1, 1]` is one divergence an image. Default `[8, 8]`. */
  grid?: Grid;
  /** Positions by which each patch reaches into its neighbours. Default 0. */
  overlap?: number;
}

/**
 * Proxy guidance for dense prediction: {@link proxyGuidance}, once for each patch of the feature map.
 *
 * L = (1/(B·N)) Σ_i Σ_{j≤N} KL(p_old,ij ‖ p_new,ij) (or the cross-entropy), p_ij = softmax(old head(pool(patch j of
 * image i)) / T). The map is cut into `grid` patches: ⌈h/rows⌉ rows each, the last patch with what is left, and columns
 * likewise; there are fewer patches where the map is used up before, as with a map smaller than the grid. With `overlap`
 * o each patch also has the o positions next to it, as far as the map goes. Each patch is pooled as the old head's input
 * is: `pool` is `backbone.map.pool` of `@syn2real/backbones`.
 *
 * `grid: [1, 1]` is what ASG's released code computes, on pool5 averaged to 7 × 7. Costs N runs of the old head an image
 * for the trained network, and as many for the frozen one. The record keeps the teacher's logits, `logits` `[B, N, K]`;
 * no gradient reaches them. The record's tensors belong to whoever calls `record`, the loss to the enclosing `tf.tidy`.
 *
 * @throws RangeError where weight, temperature, grid or overlap are out of range
 * @example
 * ```ts
 * const guidance = denseProxyGuidance({ weight: 75, feature: 'pool5', pool: backbone.map.pool, grid: [8, 8] });
 * ```
 * @see Chen, Yu, Wang, Anandkumar: Automated Synthetic-to-Real Generalization (ICML 2020), eq. 5. The paper gives neither
 * number nor size of the patches: 8 × 8 is the grid of the same authors' CSG (ICLR 2021)
 */
export function denseProxyGuidance({
  weight = 75,
  temperature = 1,
  form = 'kl',
  feature = 'layer4',
  pool = meanPool,
  grid = [8, 8],
  overlap = 0,
}: DenseProxyGuidanceOptions = {}): FunctionRegularizer {
  const name = 'dense-proxy-guidance';
  checkWeight(name, weight);
  checkGrid(name, grid, overlap);
  if (!(temperature > 0)) throw new RangeError(`${name}: a temperature is positive; got ${temperature}.`);
  if (form !== 'kl' && form !== 'cross-entropy') {
    throw new RangeError(`${name}: the form is 'kl' or 'cross-entropy'; got ${JSON.stringify(form)}.`);
  }
  const divergence = form === 'kl' ? klDivergence : crossEntropyToTeacher;
  const logitsOf = (features: Features, oldHead: OldHead): tf.Tensor3D => {
    const map = asMap(name, feature, entry(name, 'feature', features, feature));
    const pooled = pooledPatches(map, grid, overlap, pool);
    const [batch, patches, size] = pooled.shape;
    const logits = oldHead(pooled.reshape([batch * patches, size]));
    return logits.reshape([batch, patches, logits.shape[1]]);
  };
  const rows = (logits: tf.Tensor): tf.Tensor2D =>
    logits.reshape([-1, logits.shape[logits.shape.length - 1]!]);
  return {
    name,
    weight,
    needs: [feature],
    record: (teacher, oldHead) => tf.tidy(() => ({ logits: logitsOf(teacher, oldHead) })),
    loss(student, teacher, oldHead) {
      const logits = entry(name, 'record', teacher, 'logits');
      return divergence(rows(logits), rows(logitsOf(student, oldHead)), { temperature });
    },
  };
}
