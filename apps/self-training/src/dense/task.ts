import { type DenseHead, tf } from '@syn2real/core';
import { selfTrainingLoss, type WeightedConfidence } from '@syn2real/self-training';
import type { Task } from '@syn2real/trainer';

/** Squares of source and target images with a class a pixel. */
export interface DenseMixedBatch {
  /** `[B, S, S, 3]` */
  readonly images: tf.Tensor4D;
  /** `[B, S, S]` int32: class, or 255 where there is no label; or `[B, S, S, K]`: distributions, zeros where there is none. */
  readonly labels: tf.Tensor3D | tf.Tensor4D;
  /** `[B]`: 1 for target images, 0 for source images. */
  readonly isTarget: tf.Tensor1D;
}

/** Cross-entropy over labelled pixels, and the confidences of those of the target over their own number. */
export function denseTaskOf(
  head: DenseHead,
  regularisers: readonly WeightedConfidence[],
): Task<DenseMixedBatch> {
  return {
    needs: head.features,
    loss(params, features, { images, labels, isTarget }) {
      const [count, height, width] = images.shape;
      const rows = count * height * width;
      const scores = head.apply(params, features, [height, width]).reshape([rows, head.classes]);
      const pixels = tf.ones([count, height, width]).mul(isTarget.reshape([count, 1, 1]));
      return selfTrainingLoss(
        {
          logits: scores as tf.Tensor2D,
          labels: rowsOf(labels, head.classes),
          isTarget: pixels.reshape([rows]) as tf.Tensor1D,
        },
        regularisers,
        { penaltyOver: 'target' },
      );
    },
  };
}

function rowsOf(labels: tf.Tensor3D | tf.Tensor4D, classes: number): tf.Tensor2D {
  if (labels.rank === 4) return labels.reshape([-1, classes]);
  // a class of 255 is none of the columns: its row is zeros
  return tf.oneHot(labels.reshape([labels.size]), classes).cast('float32') as tf.Tensor2D;
}
