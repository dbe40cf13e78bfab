import { type Buffers, disposeParams, type Params, tf } from '@syn2real/core';
import type { Backbone } from './backbone.js';

/**
 * Tensors for an IBN network from those of the same network without IBN, for want of a checkpoint of its own.
 *
 * Scales and shifts of a split normalisation are the plain one's, cut in two (`bn1.weight` → `bn1.IN.weight` and
 * `bn1.BN.weight`), as are the running statistics of its batch half. A normalisation without a plain counterpart (of the
 * sums, in form b) starts with scale 1 and shift 0; the stem of form b takes the plain scale and shift. Normalisation by
 * instance sees other statistics than those that the weights were trained with, so the old task is not kept: measure it
 * before you use the network as a teacher.
 *
 * @param ibn the network to fill: `createBackbone('resnet10-28-ibn-a')`
 * @param plain tensors of the network without IBN; they stay the caller's
 * @returns new tensors, owned by the caller
 * @throws Error when a tensor that the network needs is not there or of another size
 * @example
 * ```ts
 * const plain = createBackbone('resnet10-28').init(createRng(0));
 * const { params, buffers } = toIbnState(createBackbone('resnet10-28-ibn-a'), plain);
 * ```
 */
export function toIbnState(
  ibn: Backbone,
  plain: { readonly params: Params; readonly buffers: Buffers },
): { params: Params; buffers: Buffers } {
  const made: Record<string, tf.Tensor> = {};
  const fill = (shapes: Readonly<Record<string, readonly number[]>>, from: Params): Params => {
    for (const [name, shape] of Object.entries(shapes)) made[name] = tensorFor(name, shape, from);
    return Object.fromEntries(Object.keys(shapes).map((name) => [name, made[name]!]));
  };
  try {
    return {
      params: fill(ibn.paramShapes(), plain.params),
      buffers: fill(ibn.bufferShapes(), plain.buffers),
    };
  } catch (error) {
    disposeParams(made);
    throw error;
  }
}

const SUM = /^layer\d+\.\d+\.IN\.(weight|bias)$/;
const HALF = /\.(IN|BN)\./;

function tensorFor(name: string, shape: readonly number[], from: Params): tf.Tensor {
  if (SUM.test(name)) return name.endsWith('weight') ? tf.ones([...shape]) : tf.zeros([...shape]);
  const half = HALF.exec(name)?.[1];
  const plainName = half === undefined ? name : name.replace(HALF, '.');
  const found = from[plainName];
  if (found === undefined) throw new Error(`No tensor "${plainName}" to make "${name}" of.`);
  const [size] = shape;
  const value =
    half === undefined || size === undefined
      ? found.clone()
      : tf.slice(found as tf.Tensor1D, half === 'IN' ? 0 : Math.floor(found.size / 2), size);
  if (value.shape.join() === shape.join()) return value;
  value.dispose();
  throw new Error(`"${plainName}" is [${found.shape}], which does not make "${name}" [${shape}].`);
}
