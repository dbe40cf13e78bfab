import { crossEntropy, type Head, type tf } from '@syn2real/core';
import { informationMaximisation, selfTrainingLoss } from '@syn2real/self-training';
import type { Task } from '@syn2real/trainer';
import type { Method } from '../config/methods.js';

/** Images of source and target with what is known of them. */
export interface MixedBatch {
  /** `[B, H, W, 3]` */
  readonly images: tf.Tensor4D;
  /** `[B, K]`: one-hot, soft, or zeros where an image has no label. */
  readonly labels: tf.Tensor2D;
  /** `[B]`: 1 for target images, 0 for source images. */
  readonly isTarget: tf.Tensor1D;
}

/** The loss of a method on the logits of its head. */
export function taskOf(method: Method, head: Head): Task<MixedBatch> {
  return {
    needs: [head.feature],
    loss(params, features, { labels, isTarget }) {
      const logits = head.apply(params, features[head.feature]!) as tf.Tensor2D;
      if (method.kind !== 'shot') {
        return selfTrainingLoss(
          { logits, labels, isTarget },
          method.kind === 'crst' ? method.regularisers : [],
        );
      }
      const loss = informationMaximisation(logits);
      if (method.beta === 0) return loss;
      const isLabelled = labels.sum(1).greater(0).cast('float32');
      return loss.add<tf.Scalar>(crossEntropy(logits, labels, { weights: isLabelled }).mul(method.beta));
    },
  };
}
