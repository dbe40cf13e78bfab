import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { BACKEND_NAME } from '../index.js';
import { expectLikeCpu, randomTensor, valuesOn } from '../testing/compare.js';
import { inMode } from '../testing/in-mode.js';
import { tf } from '../testing/tf.js';

type Images = readonly [n: number, height: number, width: number];

const SIDES: [[0, 0], [1, 1], [1, 1], [0, 0]] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

const kernel = (size: number, from: number, to: number, seed: number) =>
  randomTensor([size, size, from, to], seed).mul(0.2) as Tensor4D;

/** A bottleneck with a shortcut, and pooling before it: the gradients of its input, kernels and biases. */
function gradients([n, height, width]: Images, stride: number): Tensor[] {
  const x = tf.relu(randomTensor([n, height, width, 32], 1)) as Tensor4D;
  const parameters = [
    kernel(1, 32, 16, 2),
    kernel(3, 16, 16, 3),
    kernel(1, 16, 48, 4),
    kernel(1, 32, 48, 5),
    randomTensor([16], 6),
    randomTensor([48], 7),
  ];
  const loss = (...given: Tensor[]) => {
    const [images, reduce, middle, expand, shortcut, bias, last] = given as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
      Tensor4D,
      Tensor4D,
      Tensor,
      Tensor,
    ];
    const pooled = tf.maxPool(tf.pad(images, SIDES), 3, 1, 'valid');
    const a = tf.conv2d(pooled, reduce, 1, 'valid').add(bias).relu() as Tensor4D;
    const b = tf.conv2d(tf.pad(a, SIDES), middle, stride, 'valid').relu() as Tensor4D;
    const skipped = tf.conv2d(pooled, shortcut, stride, 'valid');
    return tf.conv2d(b, expand, 1, 'valid').add(last).add(skipped).relu().square().mean();
  };
  return tf.grads(loss)([x, ...parameters]);
}

const CASES: readonly (readonly [Images, number])[] = [
  [[1, 9, 8], 1],
  [[2, 7, 9], 2],
  [[3, 10, 6], 2],
  [[17, 5, 4], 1],
  [[18, 6, 6], 2],
  [[2, 46, 48], 1],
  [[2, 46, 47], 3],
];

describe('gradients through blocks of channels', () => {
  it.each(CASES)('%j at stride %i: like the CPU backend', (images, stride) => {
    expectLikeCpu(() => gradients(images, stride), 1e-4);
  });

  it.each(CASES)('%j at stride %i: the same bits recorded and immediate', (images, stride) => {
    const bits = () =>
      valuesOn(BACKEND_NAME, () => gradients(images, stride)).map(({ values }) =>
        Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
      );
    expect(inMode('recorded', bits)).toEqual(inMode('immediate', bits));
  });

  it('a kernel whose lines are too many for a table', () => {
    expectLikeCpu(() => {
      const x = randomTensor([1, 7, 7, 416], 1) as Tensor4D;
      const w = randomTensor([7, 7, 416, 416], 2) as Tensor4D;
      const dy = randomTensor([1, 1, 1, 416], 3);
      return tf.grad((filter) => tf.conv2d(x, filter as Tensor4D, 1, 'valid'))(w, dy);
    }, 1e-4);
  });

  it('sums of channels, images and what looks like a kernel', () => {
    for (const shape of [
      [3, 9, 9, 32],
      [1, 9, 9, 16],
      [3, 3, 64, 32],
      [1, 1, 64, 32],
      [2, 16, 16, 12],
    ]) {
      expectLikeCpu(() => {
        const x = randomTensor(shape, 1);
        return [x.sum([0, 1, 2]), x.mean([0, 1, 2]), x.sum([0, 1, 2], true), x.sum([0, 1]), x.sum([1, 2])];
      }, 1e-5);
    }
  });
});
