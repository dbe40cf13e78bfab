import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { compareWith, distances, klOfLogits } from './forgetting.js';

describe('klOfLogits', () => {
  it('has the value of the formula, and 0 for equal scores', () => {
    expect(klOfLogits(Float32Array.of(1, 2, 3), Float32Array.of(3, 2, 1))).toBeCloseTo(1.1504207652, 6);
    expect(klOfLogits(Float32Array.of(900, -900), Float32Array.of(900, -900))).toBe(0);
    expect(klOfLogits(Float32Array.of(0, 0), Float32Array.of(100, 0))).toBeCloseTo(50 - Math.LN2, 5);
  });
});

describe('compareWith', () => {
  it('averages over the images that both networks have read', () => {
    const frozen = new Map([
      [0, Float32Array.of(1, 2, 3)],
      [2, Float32Array.of(1, 0, 0)],
    ]);
    const compared = compareWith(frozen);
    compared.add(0, Float32Array.of(3, 2, 1));
    compared.add(1, Float32Array.of(9, 9, 9));
    compared.add(2, Float32Array.of(1, 0, 0));
    const { kl, ...rest } = compared.result();
    expect(rest).toEqual({ agreement: 0.5, images: 2 });
    expect(kl).toBeCloseTo(1.1504207652 / 2, 6);
  });
});

describe('distances', () => {
  it('are Euclidean, by group, over the tensors of the start', async () => {
    const start = { 'a.w': tf.tensor1d([1, 2]), 'a.b': tf.scalar(0), 'b.w': tf.tensor1d([5]) };
    const now = {
      'a.w': tf.tensor1d([1, 5]),
      'a.b': tf.scalar(4),
      'b.w': tf.tensor1d([5]),
      'new.w': tf.scalar(9),
    };
    const before = tf.memory().numTensors;
    expect(await distances(now, start, (name) => name[0]!)).toEqual({ a: 5, b: 0 });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([start, now]);
  });
});
