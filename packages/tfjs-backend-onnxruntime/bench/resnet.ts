import type { Scalar, Tensor, Tensor1D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { tf } from './tf.js';

export type Kind = 'basic' | 'bottleneck';

export interface ResNetShape {
  readonly block: Kind;
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly strides: readonly number[];
  readonly stem: { readonly kernel: number; readonly stride: number; readonly pool: boolean };
  readonly classes: number;
}

export const IMAGENET: Record<string, ResNetShape> = {
  resnet18: imagenet('basic', [2, 2, 2, 2]),
  resnet50: imagenet('bottleneck', [3, 4, 6, 3]),
  resnet101: imagenet('bottleneck', [3, 4, 23, 3]),
};

export const SMALL: ResNetShape = {
  block: 'basic',
  depths: [1, 1, 1, 1],
  widths: [32, 64, 128, 256],
  strides: [2, 2, 2, 1],
  stem: { kernel: 3, stride: 1, pool: false },
  classes: 10,
};

function imagenet(block: Kind, depths: readonly number[]): ResNetShape {
  return {
    block,
    depths,
    widths: [64, 128, 256, 512],
    strides: [1, 2, 2, 2],
    stem: { kernel: 7, stride: 2, pool: true },
    classes: 1000,
  };
}

interface ConvBn {
  readonly weight: string;
  readonly kernel: number;
  readonly stride: number;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

export interface ResNet {
  readonly params: Map<string, Variable>;
  loss(images: Tensor4D, labels: Tensor): Scalar;
}

const EPSILON = 1e-5;

/** A ResNet with frozen BatchNorm statistics and a trained affine, written in plain TensorFlow.js. */
export function resnet(shape: ResNetShape): ResNet {
  const params = new Map<string, Variable>();
  let seed = 1;
  const add = (name: string, value: () => Tensor) =>
    params.set(name, tf.variable(tf.tidy(value), true, name));
  const get = (name: string): Variable => {
    const found = params.get(name);
    if (found === undefined) throw new Error(`No parameter ${name}`);
    return found;
  };
  const convBn = (name: string, kernel: number, from: number, to: number, stride: number): ConvBn => {
    const deviation = Math.sqrt(2 / (kernel * kernel * from));
    add(`${name}.weight`, () => tf.randomNormal([kernel, kernel, from, to], 0, deviation, 'float32', seed++));
    add(`${name}.gamma`, () => tf.fill([to], 0.5));
    add(`${name}.beta`, () => tf.zeros([to]));
    return {
      weight: name,
      kernel,
      stride,
      mean: tf.keep(tf.zeros([to]) as Tensor1D),
      variance: tf.keep(tf.ones([to]) as Tensor1D),
    };
  };
  const apply = (
    { weight, kernel, stride, mean, variance }: ConvBn,
    x: Tensor4D,
    residual?: Tensor,
    relu = true,
  ) => {
    const scale = get(`${weight}.gamma`).div(variance.add(EPSILON).sqrt());
    const folded = get(`${weight}.weight`).mul(scale) as Tensor4D;
    const bias = get(`${weight}.beta`).sub(mean.mul(scale));
    const pad = (kernel - 1) / 2;
    const padded: Tensor4D =
      pad === 0
        ? x
        : tf.pad(x, [
            [0, 0],
            [pad, pad],
            [pad, pad],
            [0, 0],
          ]);
    let y: Tensor = tf.conv2d(padded, folded, stride, 'valid').add(bias);
    if (residual !== undefined) y = y.add(residual);
    return (relu ? y.relu() : y) as Tensor4D;
  };

  const stem = convBn('stem', shape.stem.kernel, 3, shape.widths[0]!, shape.stem.stride);
  const expansion = shape.block === 'bottleneck' ? 4 : 1;
  let channels = shape.widths[0]!;
  const blocks = shape.depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const width = shape.widths[stage]!;
      const stride = i === 0 ? shape.strides[stage]! : 1;
      const name = `layer${stage + 1}.${i}`;
      const out = width * expansion;
      const convs =
        shape.block === 'bottleneck'
          ? [
              convBn(`${name}.conv1`, 1, channels, width, 1),
              convBn(`${name}.conv2`, 3, width, width, stride),
              convBn(`${name}.conv3`, 1, width, out, 1),
            ]
          : [
              convBn(`${name}.conv1`, 3, channels, width, stride),
              convBn(`${name}.conv2`, 3, width, width, 1),
            ];
      const downsample =
        stride !== 1 || channels !== out ? convBn(`${name}.downsample`, 1, channels, out, stride) : undefined;
      channels = out;
      return { convs, downsample };
    }),
  );
  add('fc.weight', () => tf.randomNormal([channels, shape.classes], 0, 0.01, 'float32', seed++));
  add('fc.bias', () => tf.zeros([shape.classes]));

  function forward(images: Tensor4D): Tensor {
    let x = apply(stem, images);
    if (shape.stem.pool)
      x = tf.maxPool(
        tf.pad(x, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
        3,
        2,
        'valid',
      );
    for (const { convs, downsample } of blocks) {
      const identity = downsample === undefined ? x : apply(downsample, x, undefined, false);
      convs.forEach((conv, i) => {
        x = apply(conv, x, i === convs.length - 1 ? identity : undefined);
      });
    }
    return tf.add(tf.matMul(tf.mean(x, [1, 2]), get('fc.weight')), get('fc.bias'));
  }

  return {
    params,
    loss: (images, labels) => tf.losses.softmaxCrossEntropy(labels, forward(images)) as Scalar,
  };
}

export interface Trainer {
  step(images: Tensor4D, labels: Tensor): number;
}

/** SGD with momentum and weight decay as tensor operations. */
export function trainer(net: ResNet, rate = 1e-3, momentum = 0.9, decay = 5e-4): Trainer {
  const buffers = new Map<string, Tensor>(
    [...net.params].map(([name, value]) => [name, tf.keep(tf.zerosLike(value))]),
  );
  return {
    step(images, labels) {
      const { value, grads } = tf.variableGrads(() => net.loss(images, labels), [...net.params.values()]);
      for (const [name, parameter] of net.params) {
        const old = buffers.get(name)!;
        const [buffer, next] = tf.tidy((): [Tensor, Tensor] => {
          const gradient = grads[name]!.add(parameter.mul(decay));
          const made = old.mul(momentum).add(gradient.mul(rate));
          return [made, parameter.sub(made)];
        });
        parameter.assign(next);
        next.dispose();
        old.dispose();
        buffers.set(name, tf.keep(buffer));
      }
      tf.dispose(grads);
      const loss = value.dataSync()[0]!;
      value.dispose();
      return loss;
    },
  };
}
