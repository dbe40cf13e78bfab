import { type Buffers, type Params, param, tf } from '@syn2real/core';
import type { ConvSpec } from './resnet-spec.js';

/** ε of every batch normalisation, as in PyTorch (TensorFlow.js's own default is 1e-3). */
export const EPSILON = 1e-5;

/**
 * Convolution and batch normalisation with frozen statistics, folded into one convolution:
 * s = γ / √(v + ε), y = pad(x) ∗ (w·s) + (β − m·s).
 *
 * Equal to normalising the convolution's output, in values and in gradients with respect to x, w, γ and β; the
 * statistics m and v are constants. The padding is ⌊kernel / 2⌋ on every side, as in PyTorch.
 */
export function foldedConv(params: Params, buffers: Buffers, x: tf.Tensor4D, spec: ConvSpec): tf.Tensor4D {
  const { conv, norm, kernel, stride } = spec;
  const variance = param(buffers, `${norm}.running_var`);
  const scale = param(params, `${norm}.weight`).mul(variance.add(EPSILON).rsqrt());
  const filter = param(params, `${conv}.weight`).mul(scale) as tf.Tensor4D;
  const bias = param(params, `${norm}.bias`).sub(param(buffers, `${norm}.running_mean`).mul(scale));
  return convolve(x, filter, kernel, stride).add(bias);
}

/**
 * TensorFlow's 'same' pads like PyTorch at stride 1 alone; elsewhere it puts the odd row last, so pad by hand.
 * Numeric paddings are avoided: not every backend has their gradient.
 */
function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, kernel: number, stride: number): tf.Tensor4D {
  if (kernel === 1) return tf.conv2d(x, filter, stride, 'valid');
  if (stride === 1) return tf.conv2d(x, filter, 1, 'same');
  return tf.conv2d(padSides(x, Math.floor(kernel / 2)), filter, stride, 'valid');
}

/** 3×3 max-pool of stride 2 and padding 1 on values that are at least 0, where padding with 0 is exact. */
export function maxPoolAfterRelu(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(padSides(x, 1), 3, 2, 'valid');
}

function padSides(x: tf.Tensor4D, by: number): tf.Tensor4D {
  return tf.pad(x, [
    [0, 0],
    [by, by],
    [by, by],
    [0, 0],
  ]);
}
