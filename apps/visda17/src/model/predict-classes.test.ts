import { createRng, tf } from '@syn2real/core';
import type { ImageBatch, Loader } from '@syn2real/datasets';
import { describe, expect, it } from 'vitest';
import type { Model } from './load.js';
import { predictClasses } from './predict-classes.js';

const SIDE = 2;
const VALUES = SIDE * SIDE * 3;
const CLASSES = 3;
const rng = createRng(3);
const weights = Float32Array.from({ length: VALUES * CLASSES }, () => 6 * rng.normal());
const pictures = Array.from({ length: 40 }, () =>
  Uint8Array.from({ length: VALUES }, () => rng.integer(256)),
);

/** A linear classifier on raw pixels: enough of a network to tell mirrored images from others. */
const model = {
  backbone: {
    input: { crop: SIDE, mean: [0, 0, 0], std: [1, 1, 1] },
    apply: (_params: unknown, _buffers: unknown, images: tf.Tensor4D) => ({
      pool: images.reshape([-1, VALUES]),
    }),
  },
  head: {
    apply: (_params: unknown, pool: tf.Tensor) =>
      tf.matMul(pool as tf.Tensor2D, tf.tensor2d(weights, [VALUES, CLASSES])),
  },
} as unknown as Model;

/** Gives the wanted pictures in batches, but leaves out the unreadable ones. */
function loaderOf(unreadable: readonly number[] = []): Loader {
  async function* batches(
    order: Int32Array,
    { batchSize }: { batchSize: number },
  ): AsyncGenerator<ImageBatch> {
    for (let at = 0; at < order.length; at += batchSize) {
      const indices = order.slice(at, at + batchSize).filter((index) => !unreadable.includes(index));
      const images = Uint8Array.from([...indices].flatMap((index) => [...pictures[index]!]));
      yield { indices, images, count: indices.length, skipped: [], end: at + batchSize };
    }
  }
  return { side: SIDE, batches } as unknown as Loader;
}

function scores(picture: Uint8Array): number[] {
  return Array.from({ length: CLASSES }, (_, k) =>
    picture.reduce((sum, value, i) => sum + (value / 255) * weights[i * CLASSES + k]!, 0),
  );
}

function mirrored(picture: Uint8Array): Uint8Array {
  const [a, b, c, d] = [0, 3, 6, 9].map((from) => [...picture.subarray(from, from + 3)]);
  return Uint8Array.from([...b!, ...a!, ...d!, ...c!]);
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const argMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

describe('predictClasses', () => {
  const order = Int32Array.from({ length: pictures.length }, (_, i) => (7 * i) % pictures.length);
  const options = { params: {}, batchSize: 16 };

  it('takes the mean of the sigmoid scores of an image and its mirror', async () => {
    const predicted = await predictClasses(model, loaderOf(), order, { ...options, tta: 'flip' });
    const expected = [...order].map((index) => {
      const [plain, flipped] = [scores(pictures[index]!), scores(mirrored(pictures[index]!))];
      return argMax(plain.map((z, k) => 0.5 * (sigmoid(z) + sigmoid(flipped[k]!))));
    });
    expect([...predicted]).toEqual(expected);
    const plain = await predictClasses(model, loaderOf(), order, { ...options, tta: 'none' });
    expect([...plain]).toEqual([...order].map((index) => argMax(scores(pictures[index]!))));
    expect([...plain]).not.toEqual(expected);
  });

  it('keeps the order and says −1 for what could not be read', async () => {
    const whole = await predictClasses(model, loaderOf(), order, { ...options, tta: 'none' });
    const partly = await predictClasses(model, loaderOf([order[3]!, order[20]!]), order, {
      ...options,
      tta: 'none',
    });
    expect([...partly]).toEqual([...whole].map((k, at) => (at === 3 || at === 20 ? -1 : k)));
  });

  it('leaves no tensor behind', async () => {
    const count = (): number => tf.memory().numTensors;
    await predictClasses(model, loaderOf(), order, { ...options, tta: 'flip' });
    const before = count();
    await predictClasses(model, loaderOf(), order, { ...options, tta: 'flip' });
    expect(count()).toBe(before);
  });
});
