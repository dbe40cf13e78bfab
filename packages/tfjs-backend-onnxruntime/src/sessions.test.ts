import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND_NAME, type OnnxRuntimeBackend } from './index.js';
import { randomTensor } from './testing/compare.js';
import { tf } from './testing/tf.js';

const backend = (): OnnxRuntimeBackend => tf.backend() as OnnxRuntimeBackend;

let before = '';
beforeEach(() => {
  before = tf.getBackend();
  tf.setBackend(BACKEND_NAME);
});
afterEach(() => {
  tf.setBackend(before);
});

/** Epochs of a convolutional network under an optimizer of TensorFlow.js, their last batch a smaller one. */
function training(channels: number) {
  const filter = tf.variable(tf.tidy(() => randomTensor([3, 3, 3, channels], 1).mul(0.2)));
  const dense = tf.variable(tf.tidy(() => randomTensor([channels, 4], 2).mul(0.2)));
  const optimizer = tf.train.momentum(0.01, 0.9);
  const step = (batch: number) => {
    const value = tf.tidy(() => {
      const images = randomTensor([batch, 9, 9, 3], 3) as Tensor4D;
      const labels = randomTensor([batch, 4], 4);
      return optimizer.minimize(
        () => {
          const features = tf
            .conv2d(images, filter as Tensor as Tensor4D, 1, 'same')
            .relu()
            .mean([1, 2]);
          return tf.losses.meanSquaredError(labels, features.matMul(dense as Tensor as Tensor2D)) as Scalar;
        },
        true,
        [filter, dense],
      ) as Scalar;
    });
    value.dataSync();
    value.dispose();
  };
  return {
    step,
    epoch: () => {
      for (const batch of [8, 8, 8, 5]) step(batch);
    },
    dispose: () => {
      tf.dispose([filter, dense]);
      optimizer.dispose();
    },
  };
}

describe('sessions of a training', () => {
  it('the first steps build graphs, later ones none', () => {
    const { step, dispose } = training(16);
    const start = backend().stats().compilations;
    step(8);
    expect(backend().stats().compilations).toBeGreaterThan(start);
    step(8);
    const { compilations } = backend().stats();
    for (let i = 0; i < 30; i++) step(8);
    expect(backend().stats().compilations).toBe(compilations);
    dispose();
  });

  it('a smaller last batch costs one more session, not one an epoch', () => {
    const { step, epoch, dispose } = training(32);
    for (let i = 0; i < 3; i++) step(8);
    const { compilations, sessions } = backend().stats();
    epoch();
    expect(backend().stats().compilations).toBe(compilations + 1);
    for (let i = 0; i < 5; i++) epoch();
    expect(backend().stats().compilations).toBe(compilations + 1);
    expect(backend().stats().sessions).toBe(sessions + 1);
    dispose();
  });

  it('give their memory back where asked to, and go on with the same bits and no graph more', () => {
    const losses = (released: boolean) => {
      const { read, dispose } = heavyStep();
      const made = Array.from({ length: 5 }, (_, i) => {
        if (released && i === 3) {
          const before = resident();
          backend().releaseMemory();
          expect(backend().stats().freeBytes).toBe(0);
          expect(before - resident()).toBeGreaterThan(32 << 20);
        }
        return read();
      });
      const { compilations } = backend().stats();
      dispose();
      return { made, compilations };
    };
    const held = losses(false);
    const released = losses(true);
    expect(released.made).toEqual(held.made);
    expect(released.compilations).toBe(held.compilations);
  });
});

const resident = (): number => process.memoryUsage().rss;

/** Work of more than 64 MiB of intermediate results, another number each time. */
function heavyStep() {
  const filter = tf.variable(tf.tidy(() => randomTensor([3, 3, 16, 16], 5).mul(0.2)));
  const images = randomTensor([1, 512, 512, 16], 6) as Tensor4D;
  const kernel = filter as Tensor as Tensor4D;
  return {
    read: () => {
      const { value, grads } = tf.variableGrads(() => {
        const features = tf.conv2d(images, kernel, 1, 'same').relu() as Tensor4D;
        return tf.conv2d(features, kernel, 1, 'same').square().mean() as Scalar;
      }, [filter]);
      const next = tf.tidy(() => filter.sub(grads[filter.name]!.mul(0.1)));
      filter.assign(next);
      tf.dispose([next, grads]);
      const read = value.dataSync()[0]!;
      value.dispose();
      return read;
    },
    dispose: () => tf.dispose([filter, images]),
  };
}
