import { type Params, param, tf } from '@syn2real/core';
import type { Shapes } from './backbone.js';
import type { ConvSpec } from './resnet-spec.js';

/** ε of every normalisation, as in PyTorch (TensorFlow.js's own default is 1e-3). */
export const EPSILON = 1e-5;

/**
 * Instance normalisation: y = γ·(x − μ)/√(σ² + ε) + β, with the mean μ and the biased variance σ² of each image and
 * channel; it knows no running statistics. x is `[B, h, w, C]`.
 *
 * @see Ulyanov, Vedaldi, Lempitsky: Instance normalization (2016); torch.nn.InstanceNorm2d
 */
export function instanceNorm(params: Params, x: tf.Tensor4D, norm: string): tf.Tensor4D {
  const centred = x.sub<tf.Tensor4D>(tf.mean(x, [1, 2], true));
  const variance = tf.mean(tf.square(centred), [1, 2], true);
  const scale = variance
    .add(EPSILON)
    .rsqrt()
    .mul(param(params, `${norm}.weight`));
  return centred.mul(scale).add<tf.Tensor4D>(param(params, `${norm}.bias`));
}

/** Channels of a convolution's output that are normalised by instance: none, the first half, or all. */
export function instanceChannels({ normKind, outputs }: ConvSpec): number {
  if (normKind === 'batch') return 0;
  return normKind === 'instance' ? outputs : Math.floor(outputs / 2);
}

/** State-dict prefix of the batch normalisation after a convolution. */
export const batchNormOf = ({ norm, normKind }: ConvSpec): string =>
  normKind === 'half-instance' ? `${norm}.BN` : norm;

/** State-dict prefix of the instance normalisation after a convolution. */
export const instanceNormOf = ({ norm, normKind }: ConvSpec): string =>
  normKind === 'half-instance' ? `${norm}.IN` : norm;

/** Trainable scales and shifts of the normalisation after a convolution. */
export function normParamShapes(conv: ConvSpec): Shapes {
  const instance = instanceChannels(conv);
  const batch = conv.outputs - instance;
  return {
    ...(instance > 0 && affine(instanceNormOf(conv), instance)),
    ...(batch > 0 && affine(batchNormOf(conv), batch)),
  };
}

/** Running statistics of the normalisation after a convolution; instance normalisation has none. */
export function normBufferShapes(conv: ConvSpec): Shapes {
  const batch = conv.outputs - instanceChannels(conv);
  const norm = batchNormOf(conv);
  return batch > 0 ? { [`${norm}.running_mean`]: [batch], [`${norm}.running_var`]: [batch] } : {};
}

/** A normalisation's scale and shift. */
export const affine = (norm: string, channels: number): Shapes => ({
  [`${norm}.weight`]: [channels],
  [`${norm}.bias`]: [channels],
});
