import { tf } from '@syn2real/core';
import { ENCODED, ENCODED_SIZE, HIDDEN_SIZE } from './shapes.js';

/** Hidden and cell state of the five encoders, 100 float32 numbers each, encoder-major. Plain JSON. */
export interface PolicyHidden {
  readonly h: readonly number[];
  readonly c: readonly number[];
}

/** Where an episode starts. */
export function zeroHidden(): PolicyHidden {
  return { h: new Array(ENCODED_SIZE).fill(0), c: new Array(ENCODED_SIZE).fill(0) };
}

/** Hidden states on the backend, `[5, 1, 20]`. */
export type HiddenTensors = {
  h: tf.Tensor3D;
  c: tf.Tensor3D;
};

/** Owned by the caller's tidy scope. */
export function hiddenTensors({ h, c }: PolicyHidden): HiddenTensors {
  const tensor = (values: readonly number[]) =>
    tf.tensor3d(Float32Array.from(values), [ENCODED.length, 1, HIDDEN_SIZE]);
  return { h: tensor(h), c: tensor(c) };
}
