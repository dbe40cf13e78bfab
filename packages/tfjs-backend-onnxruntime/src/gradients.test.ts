import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectGradient, valuesOn } from './testing/compare.js';
import { tf } from './testing/tf.js';

const as4D = (x: Tensor) => x as Tensor4D;

describe('where the CPU backend is wrong, by finite differences', () => {
  it.each([
    ['same', 3, 2],
    ['same', 2, 1],
    [1, 3, 1],
    ['valid', 3, 2],
  ] as const)('average pooling with padding %s, size %i, stride %i', (pad, size, stride) => {
    expectGradient((x) => tf.avgPool(as4D(x), size, stride, pad), [2, 7, 6, 4]);
    expectGradient((x) => tf.avgPool(as4D(x), size, stride, pad), [1, 8, 8, 16]);
  });

  it('average pooling with explicit padding', () => {
    expectGradient(
      (x) =>
        tf.avgPool(as4D(x), 3, 1, [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ]),
      [2, 5, 5, 3],
    );
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('resizing, alignCorners %s, halfPixelCenters %s', (align, half) => {
    for (const size of [
      [9, 11],
      [4, 3],
    ] as [number, number][]) {
      expectGradient((x) => tf.image.resizeBilinear(as4D(x), size, align, half), [2, 6, 5, 3]);
      expectGradient((x) => tf.image.resizeNearestNeighbor(as4D(x), size, align, half), [2, 6, 5, 3]);
    }
  });
});

describe('gradients by finite differences', () => {
  it.each([
    ['same', 1, 16],
    ['same', 2, 16],
    ['valid', 2, 5],
    [1, 1, 32],
  ] as const)('convolution of the input, padding %s, stride %i, %i channels', (pad, stride, channels) => {
    const w = tf.randomNormal([3, 3, channels, 16], 0, 0.2, 'float32', 3) as Tensor4D;
    expectGradient((x) => tf.conv2d(as4D(x), w, stride, pad), [1, 7, 9, channels]);
    const image = tf.randomNormal([2, 7, 9, channels], 0, 1, 'float32', 4) as Tensor4D;
    expectGradient((k) => tf.conv2d(image, as4D(k), stride, pad), [3, 3, channels, 16]);
  });

  it('softmax cross-entropy, batchNorm, matMul, mean', () => {
    const labels = tf.oneHot(tf.tensor1d([1, 3, 0], 'int32'), 5);
    expectGradient((x) => tf.losses.softmaxCrossEntropy(labels, x.mul(3)), [3, 5]);
    const mean = tf.tensor1d([0.1, -0.2, 0.3, 0]);
    const variance = tf.tensor1d([0.5, 1, 2, 0.7]);
    expectGradient((x) => tf.batchNorm(x, mean, variance, mean.add(1), variance), [6, 4]);
    expectGradient((x) => tf.matMul(x, tf.randomNormal([4, 3], 0, 1, 'float32', 5)).tanh(), [6, 4]);
    expectGradient((x) => tf.mean(x.square(), [1, 2]), [2, 5, 5, 16]);
  });

  it('through a 0.5-scaled leaky path: elu, sigmoid, softplus', () => {
    expectGradient((x) => tf.elu(x).add(tf.sigmoid(x)).mul(tf.softplus(x)), [5, 7]);
  });
});

describe('maximum pooling gradient', () => {
  it('ties go to the first maximum, negative maxima get their gradient', () => {
    const x = () => tf.tensor4d([-2, -1, -1, -3, -1, -5, -4, -1, -9], [1, 3, 3, 1]);
    const [dx] = valuesOn('onnxruntime', () =>
      tf.grad((t: Tensor) => tf.maxPool(as4D(t), 2, 1, 'valid'))(x()),
    );
    // Windows {-2,-1,-3,-1}, {-1,-1,-1,-5}, {-3,-1,-4,-1}, {-1,-5,-1,-9}: the first -1 of each.
    expect(Array.from(dx!.values)).toEqual([0, 2, 0, 0, 2, 0, 0, 0, 0]);
  });
});
