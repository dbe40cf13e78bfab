import { conv2d, type Params, param, resizeBilinear, tf } from '@syn2real/core';
import type { Shapes } from '../backbone.js';
import { kaimingNormal, uniformFanIn } from '../init.js';
import { affine, EPSILON } from '../normalise.js';
import { biased, convBias } from './layers.js';
import type { ShapedDenseHead } from './shaped-dense-head.js';

/** Options of {@link fcnHead} and {@link asppHead}. */
export interface ResNetHeadOptions {
  /** Channels of the feature that it reads: `backbone.channels.layer4`. */
  readonly channels: number;
  readonly classes: number;
  /** Channels between. Default a quarter of `channels` in {@link fcnHead}, 256 in {@link asppHead}. */
  readonly hidden?: number;
  /** How the scores are enlarged: by PyTorch's `align_corners`. Default false in {@link fcnHead}, true in {@link asppHead}. */
  readonly alignCorners?: boolean;
}

/**
 * The minimal head on layer4: a 3×3 convolution with normalisation and ReLU, a 1×1 convolution with bias, bilinear
 * enlargement to the image.
 *
 * Tensors under torchvision's names, `classifier.0.weight`, `classifier.1.*`, `classifier.4.*`. A fresh normalisation has the
 * running statistics 0 and 1 and keeps them, as the network trains in evaluation mode: y = γ·x/√(1 + ε) + β, so there
 * are no buffers; to load trained ones, fold them into γ and β first. Dropout is off.
 *
 * @see torchvision.models.segmentation.fcn.FCNHead
 */
export function fcnHead({
  channels,
  classes,
  hidden = Math.floor(channels / 4),
  alignCorners = false,
}: ResNetHeadOptions): ShapedDenseHead {
  const shapes: Shapes = {
    'classifier.0.weight': [3, 3, channels, hidden],
    ...affine('classifier.1', hidden),
    ...biased('classifier.4', [1, 1, hidden, classes]),
  };
  return headOn(classes, shapes, alignCorners, (params, x) => {
    const y = convNormRelu(params, x, 'classifier.0', 'classifier.1');
    return convBias(params, y, 'classifier.4');
  });
}

/** Rates of {@link asppHead}. */
const RATES = [12, 24, 36] as const;

/**
 * Atrous spatial pyramid pooling on layer4 at output stride 8: 1×1, three dilated 3×3 (12, 24, 36) and the global average,
 * joined by a 1×1 convolution; then a 3×3 and a 1×1 convolution and bilinear enlargement to the image.
 *
 * Tensors under torchvision's names (`classifier.0.convs.0.0.weight`, …); normalisation as in {@link fcnHead}.
 *
 * @see Chen, Papandreou, Schroff, Adam: Rethinking atrous convolution (2017); torchvision's DeepLabHead
 */
export function asppHead({
  channels,
  classes,
  hidden = 256,
  alignCorners = true,
}: ResNetHeadOptions): ShapedDenseHead {
  const convs = 'classifier.0.convs';
  const shapes: Shapes = {
    [`${convs}.0.0.weight`]: [1, 1, channels, hidden],
    ...affine(`${convs}.0.1`, hidden),
    ...Object.assign(
      {},
      ...RATES.map((_, at) => ({
        [`${convs}.${at + 1}.0.weight`]: [3, 3, channels, hidden],
        ...affine(`${convs}.${at + 1}.1`, hidden),
      })),
    ),
    [`${convs}.4.1.weight`]: [1, 1, channels, hidden],
    ...affine(`${convs}.4.2`, hidden),
    'classifier.0.project.0.weight': [1, 1, hidden * (RATES.length + 2), hidden],
    ...affine('classifier.0.project.1', hidden),
    'classifier.1.weight': [3, 3, hidden, hidden],
    ...affine('classifier.2', hidden),
    ...biased('classifier.4', [1, 1, hidden, classes]),
  };
  return headOn(classes, shapes, alignCorners, (params, x) => {
    const [batch, height, width] = x.shape;
    const average = convNormRelu(
      params,
      tf.mean<tf.Tensor4D>(x, [1, 2], true),
      `${convs}.4.1`,
      `${convs}.4.2`,
    );
    const branches = [
      convNormRelu(params, x, `${convs}.0.0`, `${convs}.0.1`),
      ...RATES.map((rate, at) =>
        convNormRelu(params, x, `${convs}.${at + 1}.0`, `${convs}.${at + 1}.1`, rate),
      ),
      average.add<tf.Tensor4D>(tf.zeros([batch, height, width, hidden])),
    ];
    const joined = convNormRelu(
      params,
      tf.concat(branches, 3),
      'classifier.0.project.0',
      'classifier.0.project.1',
    );
    return convBias(params, convNormRelu(params, joined, 'classifier.1', 'classifier.2'), 'classifier.4');
  });
}

function headOn(
  classes: number,
  shapes: Shapes,
  alignCorners: boolean,
  scores: (params: Params, x: tf.Tensor4D) => tf.Tensor4D,
): ShapedDenseHead {
  return {
    name: 'classifier',
    classes,
    features: ['layer4'],
    paramShapes: () => shapes,
    init: (rng) =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => {
          if (name.startsWith('classifier.4.')) {
            return [name, uniformFanIn(shape, shapes['classifier.4.weight']![2]!, rng.split(name))];
          }
          if (shape.length === 4) {
            return [name, kaimingNormal(shape as [number, number, number, number], rng.split(name))];
          }
          return [name, name.endsWith('weight') ? tf.ones([...shape]) : tf.zeros([...shape])];
        }),
      ),
    apply(params, { layer4 }, size) {
      if (layer4 === undefined) throw new Error('This head reads the feature "layer4".');
      const resized = alignCorners ? { alignCorners } : { halfPixelCenters: true };
      return resizeBilinear(scores(params, layer4 as tf.Tensor4D), size, resized);
    },
  };
}

function convNormRelu(params: Params, x: tf.Tensor4D, conv: string, norm: string, rate = 1): tf.Tensor4D {
  const filter = param(params, `${conv}.weight`) as tf.Tensor4D;
  const scale = param(params, `${norm}.weight`).mul(1 / Math.sqrt(1 + EPSILON));
  const [kernel] = filter.shape;
  const y = conv2d(x, filter.mul(scale), 1, rate * Math.floor(kernel / 2), rate);
  return tf.relu(y.add<tf.Tensor4D>(param(params, `${norm}.bias`)));
}
