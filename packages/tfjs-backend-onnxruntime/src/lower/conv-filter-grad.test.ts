import type { Tensor4D } from '@tensorflow/tfjs';
import { assert, integer, property } from 'fast-check';
import { describe, it } from 'vitest';
import '../index.js';
import { expectLikeCpu, randomTensor } from '../testing/compare.js';
import { tf } from '../testing/tf.js';
import { gradientParts } from './conv-filter-grad.js';

describe('gradientParts', () => {
  it('covers every pixel once, in channels that a blocked convolution takes', () => {
    const side = integer({ min: 1, max: 300 });
    assert(
      property(integer({ min: 1, max: 40 }), side, side, (images, height, width) => {
        const parts = gradientParts(images, height, width, 16);
        const pixels = parts.reduce((sum, part) => sum + part.images[1] * part.rows[1] * width, 0);
        const seen = new Set<number>();
        for (const { images: part, rows } of parts) {
          for (let i = 0; i < part[1]; i++) {
            for (let row = 0; row < rows[1]; row++) seen.add((part[0] + i) * height + rows[0] + row);
          }
          if (part[1] > 16 && part[1] % 16 !== 0) return false;
        }
        return pixels === images * height * width && seen.size === images * height;
      }),
    );
  });
});

describe('the gradient of a filter over images that the cache cannot hold', () => {
  const gradient = (shape: [number, number, number, number], stride: number, kernel: number, pad: number) =>
    expectLikeCpu(() => {
      const x = randomTensor(shape, 1) as Tensor4D;
      const f = (w: Tensor4D) => tf.conv2d(x, w, stride, pad === 0 ? 'valid' : 'same');
      const w = randomTensor([kernel, kernel, shape[3], 16], 2) as Tensor4D;
      const dy = tf.tidy(() => randomTensor(f(w).shape, 3)) as Tensor4D;
      return tf.grad((filter) => f(filter as Tensor4D))(w, dy);
    }, 1e-4);

  it('rows of one image', () => gradient([1, 140, 150, 2], 1, 3, 1));
  it('rows at a stride, a size that leaves a rest', () => gradient([1, 261, 263, 2], 2, 3, 0));
  it('an image of one row and many columns', () => gradient([1, 1, 20000, 2], 1, 1, 0));
  it('groups of images, the last smaller', () => gradient([5, 80, 81, 2], 1, 3, 1));
  it('rows of several images', () => gradient([2, 131, 130, 1], 1, 3, 0));
});

describe('the gradient of max-pooling', () => {
  const pooled = (
    shape: [number, number, number, number],
    size: number,
    stride: number,
    pad: 'same' | 'valid',
  ) =>
    expectLikeCpu(() => {
      const x = tf.tidy(() => randomTensor(shape, 1).mul(4).round()) as Tensor4D;
      const f = (input: Tensor4D) => tf.maxPool(input, size, stride, pad);
      return tf.grad((input) => f(input as Tensor4D))(
        x,
        tf.tidy(() => randomTensor(f(x).shape, 2)),
      );
    });

  it('windows that do not cross rows, with ties', () => pooled([2, 6, 8, 3], 2, 2, 'valid'));
  it('an odd height, rounded up', () => pooled([1, 7, 6, 3], 2, 2, 'same'));
  it('windows that cross rows', () => pooled([2, 7, 7, 3], 3, 2, 'valid'));
});
