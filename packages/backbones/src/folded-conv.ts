import { type Buffers, conv2d, type Params, param, tf } from '@syn2real/core';
import { batchNormOf, EPSILON, instanceChannels, instanceNorm, instanceNormOf } from './normalise.js';
import type { ConvSpec } from './resnet-spec.js';

/**
 * Convolution and normalisation. Batch normalisation with frozen statistics is folded into the convolution:
 * s = γ / √(v + ε), y = pad(x) ∗ (w·s) + (β − m·s).
 *
 * Equal to normalising the convolution's output, in values and in gradients with respect to x, w, γ and β; the
 * statistics m and v are constants. Channels that are normalised by instance come first; their kernels stay as they are
 * and {@link instanceNorm} follows. The padding is dilation·⌊kernel / 2⌋ on every side, as in PyTorch.
 */
export function foldedConv(params: Params, buffers: Buffers, x: tf.Tensor4D, spec: ConvSpec): tf.Tensor4D {
  const filter = param(params, `${spec.conv}.weight`) as tf.Tensor4D;
  const instance = instanceChannels(spec);
  if (instance === spec.outputs) return instanceNorm(params, convolve(x, filter, spec), spec.norm);
  const { scale, shift } = foldedNorm(params, buffers, batchNormOf(spec));
  if (instance === 0) return convolve(x, filter.mul(scale), spec).add(shift);
  const y = convolve(x, filter.mul(tf.concat([tf.ones([instance]), scale])), spec);
  const [byInstance, byBatch] = tf.split(y, [instance, spec.outputs - instance], 3) as [
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  return tf.concat<tf.Tensor4D>(
    [instanceNorm(params, byInstance, instanceNormOf(spec)), byBatch.add<tf.Tensor4D>(shift)],
    3,
  );
}

/** A frozen batch normalisation as y = scale·x + shift. */
export function foldedNorm(
  params: Params,
  buffers: Buffers,
  norm: string,
): { scale: tf.Tensor; shift: tf.Tensor } {
  const variance = param(buffers, `${norm}.running_var`);
  const scale = param(params, `${norm}.weight`).mul(variance.add(EPSILON).rsqrt());
  const shift = param(params, `${norm}.bias`).sub(param(buffers, `${norm}.running_mean`).mul(scale));
  return { scale, shift };
}

function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, { kernel, stride, dilation }: ConvSpec): tf.Tensor4D {
  return conv2d(x, filter, stride, dilation * Math.floor(kernel / 2), dilation);
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
