import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { Parameters } from './parameters.js';
import { blocksOf, type ConvShape, type ResNetShape } from './resnet-shape.js';
import type { Settings } from './settings.js';
import { tf } from './tf.js';

const EPSILON = 1e-5;

export interface ResNet {
  /** Channels of the pooled features. */
  readonly channels: number;
  /** [B, H, W, 3] to pooled features [B, channels]. */
  features(images: Tensor4D): Tensor2D;
}

/** A ResNet with frozen BatchNorm statistics and a trained affine, written in plain TensorFlow.js. */
export function resnet(shape: ResNetShape, parameters: Parameters, norm: Settings['norm']): ResNet {
  const { stem, blocks, features: channels } = blocksOf(shape);
  const statistics = new Map<string, { mean: Tensor1D; variance: Tensor1D }>();
  const addConv = ({ name, kernel, from, to }: ConvShape) => {
    parameters.addNormal(
      `${name}.weight`,
      [kernel, kernel, from, to],
      Math.sqrt(2 / (kernel * kernel * from)),
    );
    parameters.add(`${name}.gamma`, () => tf.fill([to], 0.5));
    parameters.add(`${name}.beta`, () => tf.zeros([to]));
    statistics.set(name, {
      mean: tf.keep(tf.zeros([to]) as Tensor1D),
      variance: tf.keep(tf.ones([to]) as Tensor1D),
    });
  };
  addConv(stem);
  for (const { convs, downsample } of blocks) {
    for (const conv of convs) addConv(conv);
    if (downsample !== undefined) addConv(downsample);
  }

  const pad = (x: Tensor4D, by: number): Tensor4D => {
    const sides: [number, number] = [by, by];
    return by === 0 ? x : tf.pad(x, [[0, 0], sides, sides, [0, 0]]);
  };

  function apply({ name, kernel, stride }: ConvShape, x: Tensor4D, residual?: Tensor, relu = true): Tensor4D {
    const { mean, variance } = statistics.get(name)!;
    const scale = parameters.get(`${name}.gamma`).div(variance.add(EPSILON).sqrt());
    const bias = parameters.get(`${name}.beta`).sub(mean.mul(scale));
    const weight: Tensor = parameters.get(`${name}.weight`);
    const padded = pad(x, (kernel - 1) / 2);
    const filter = norm === 'folded' ? weight.mul(scale) : weight;
    let y: Tensor = tf.conv2d(padded, filter as Tensor4D, stride, 'valid');
    if (norm === 'separate') y = y.mul(scale);
    y = y.add(bias);
    if (residual !== undefined) y = y.add(residual);
    return (relu ? y.relu() : y) as Tensor4D;
  }

  return {
    channels,
    features(images) {
      let x = apply(stem, images);
      if (shape.stem.pool) x = tf.maxPool(pad(x, 1), 3, 2, 'valid');
      for (const { convs, downsample } of blocks) {
        const identity = downsample === undefined ? x : apply(downsample, x, undefined, false);
        convs.forEach((conv, i) => {
          x = apply(conv, x, i === convs.length - 1 ? identity : undefined);
        });
      }
      return tf.mean(x, [1, 2]);
    },
  };
}
