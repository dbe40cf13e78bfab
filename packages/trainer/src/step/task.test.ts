import { type DenseHead, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { segmentation } from './task.js';

/** Enlarges a map of scores to the images' size. */
const head: DenseHead = {
  name: 'dense',
  classes: 2,
  features: ['map'],
  init: () => ({}),
  apply: (_, { map }, [height, width]) => tf.image.resizeNearestNeighbor(map as tf.Tensor4D, [height, width]),
};

describe('segmentation', () => {
  it('is the mean over the labelled pixels of the batch, at the images’ size', async () => {
    const task = segmentation(head);
    expect(task.needs).toEqual(['map']);
    const images = tf.zeros<tf.Rank.R4>([1, 2, 4, 3]);
    const map = tf.tensor4d([Math.log(3), 0, 0, 0], [1, 1, 2, 2]);
    const labels = tf.tensor3d([0, 1, 255, 255, 255, 255, 1, 255], [1, 2, 4], 'int32');
    const loss = tf.tidy(() => task.loss({}, { map }, { images, labels }));
    expect((await loss.data())[0]).toBeCloseTo((-Math.log(3 / 4) - Math.log(1 / 4) - Math.log(1 / 2)) / 3, 5);
    tf.dispose([images, map, labels, loss]);
  });
});
