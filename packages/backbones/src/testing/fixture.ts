import { tf } from '@syn2real/core';
import { toParams } from '@syn2real/weights';
import { asgHead, oldHead } from '../heads.js';
import { createBackbone } from '../registry.js';
import { splitState } from '../split-state.js';
import { hashUniform } from './hash-tensor.js';
import { hashedStateDict } from './torch.js';

/** A backbone with both heads and the hashed weights of the goldens; its tensors belong to the caller. */
export function hashedNetwork(name: string, oldClasses: number, classes: number) {
  const backbone = createBackbone(name);
  const old = oldHead(backbone.channels.pool!, oldClasses);
  const head = asgHead(backbone.channels.pool!, classes);
  const state = toParams(hashedStateDict(backbone, [old, head]));
  const { params, buffers, heads } = splitState(backbone, [old, head], state);
  return { backbone, old, head, params: { ...params, ...heads.fc_new! }, buffers, oldParams: heads.fc! };
}

/** The images called `name` in the goldens, values in ±2. */
export function hashedImages(name: string, shape: readonly [number, number, number, number]): tf.Tensor4D {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor4d(
    hashUniform(name, size).map((u) => 2 * u),
    [...shape],
  );
}
