import { conv2d, type Params, param, tf } from '@syn2real/core';
import type { Shapes } from '../backbone.js';

/** Shapes of a convolution with bias. */
export const biased = (prefix: string, shape: readonly [number, number, number, number]): Shapes => ({
  [`${prefix}.weight`]: shape,
  [`${prefix}.bias`]: [shape[3]],
});

/** y = pad(x) ∗ w + b. */
export function convBias(
  params: Params,
  x: tf.Tensor4D,
  prefix: string,
  { padding = 0 }: { padding?: number } = {},
): tf.Tensor4D {
  const w = param(params, `${prefix}.weight`) as tf.Tensor4D;
  return conv2d(x, w, 1, padding).add<tf.Tensor4D>(param(params, `${prefix}.bias`));
}

/** 2×2 max-pool of stride 2 that keeps an odd last row and column, PyTorch's `ceil_mode`. */
export const maxPoolCeil = (x: tf.Tensor4D): tf.Tensor4D => tf.maxPool(x, 2, 2, 'same');

/** Transposed convolution without padding and bias: `[B, (h − 1)·s + k, (w − 1)·s + k, O]`. */
export function upscore(params: Params, x: tf.Tensor4D, prefix: string, stride: number): tf.Tensor4D {
  const w = param(params, `${prefix}.weight`) as tf.Tensor4D;
  const [batch, height, width] = x.shape;
  const [kernel, , outputs] = w.shape;
  const to = (size: number) => (size - 1) * stride + kernel;
  return tf.conv2dTranspose(x, w, [batch, to(height), to(width), outputs], stride, 'valid');
}

/** The `[h, w]` window that starts at (offset, offset). */
export function cropAt(
  x: tf.Tensor4D,
  offset: number,
  [height, width]: readonly [number, number],
): tf.Tensor4D {
  return tf.slice(x, [0, offset, offset, 0], [x.shape[0], height, width, x.shape[3]]);
}
