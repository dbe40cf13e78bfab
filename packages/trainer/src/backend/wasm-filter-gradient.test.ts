import { tf } from '@syn2real/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from './select-backend.js';

let current: string;
beforeAll(() => {
  current = tf.getBackend();
});
afterAll(async () => {
  await tf.setBackend(current);
});

interface Convolution {
  readonly images: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: [number, number];
  readonly pad: Parameters<typeof tf.conv2d>[3];
}

/** Values between −1 and 1 that differ from place to place. */
const values = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);

function filterGradient({ images, filter, strides, pad }: Convolution): Float32Array {
  return tf.tidy(() => {
    const x = values(images, 1) as tf.Tensor4D;
    const outputs = (w: tf.Tensor) => tf.conv2d(x, w as tf.Tensor4D, strides, pad);
    const w = values(filter, 2);
    return tf
      .grad((at) =>
        outputs(at)
          .mul(values(outputs(w).shape, 3))
          .sum(),
      )(w)
      .dataSync<'float32'>()
      .slice();
  });
}

const one = fc.integer({ min: 0, max: 3 });
const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 5 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    size: fc.tuple(fc.integer({ min: 5, max: 12 }), fc.integer({ min: 5, max: 12 })),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.oneof(
      fc.constantFrom('same' as const, 'valid' as const),
      fc.tuple(one, one, one, one).map(
        ([top, bottom, left, right]) =>
          [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ] as const,
      ),
    ),
  })
  .map(({ batch, inputs, outputs, kernel, size, stride, pad }) => ({
    images: [batch, ...size, inputs],
    filter: [...kernel, inputs, outputs],
    strides: [stride, stride],
    pad: pad as Convolution['pad'],
  }));

describe("WASM's gradient of a convolution's filter", () => {
  it('is that of the plain backend, for any padding, stride and odd size', async () => {
    await selectBackend('wasm', { from: '' });
    await fc.assert(
      fc.asyncProperty(convolutions, async (convolution) => {
        await tf.setBackend('cpu');
        const expected = filterGradient(convolution);
        await tf.setBackend('wasm');
        const actual = filterGradient(convolution);
        expect(actual).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4);
      }),
      { numRuns: 60 },
    );
  });
});
