import { tf } from '@syn2real/core';
import { fromFloat32, type StateDict, toFloat32, toStateDict } from '@syn2real/weights';
import type { Backbone } from '../backbone.js';
import { expectedState } from '../expected-state.js';
import type { ShapedHead } from '../heads.js';
import { hashWeight } from './hash-tensor.js';

/** A state dict in PyTorch's layout, of the goldens' hashed weights. */
export function hashedStateDict(backbone: Backbone, heads: readonly ShapedHead[]): StateDict {
  return Object.fromEntries(
    Object.entries(expectedState(backbone, heads)).map(([name, shape]) => [
      name,
      fromFloat32(hashWeight(name, shape).data, shape),
    ]),
  );
}

/** Values given in TensorFlow.js's layout, in the order in which PyTorch stores them. */
export async function torchOrder(data: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const tensor = tf.tensor(data, [...shape]);
  const { values } = await toStateDict([{ values: tensor }]);
  tensor.dispose();
  return toFloat32(values!);
}
