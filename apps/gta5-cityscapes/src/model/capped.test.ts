import { type FunctionRegularizer, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { capped } from './capped.js';

const square: FunctionRegularizer = {
  name: 'square',
  weight: 75,
  needs: ['x'],
  record: () => ({}),
  loss: ({ x }) => x!.square().sum() as tf.Scalar,
};

describe('capped', () => {
  it.each([
    [0.1, 0.01, 0.2],
    [0.5, 9 / 75, (9 / 75 / 0.25) * 2 * 0.5],
    [0, 0, 0],
  ])('at %d: λ·L at most 9, the gradient in proportion', async (at, value, gradient) => {
    const regularizer = capped(square, 9);
    const x = tf.tensor1d([at]);
    const result = tf.valueAndGrad((v: tf.Tensor) => regularizer.loss({ x: v }, {}, () => tf.zeros([1, 1])))(
      x,
    );
    expect((await result.value.data())[0]).toBeCloseTo(value, 6);
    expect((await result.grad.data())[0]).toBeCloseTo(gradient, 5);
    tf.dispose([x, result.value, result.grad]);
  });
});
