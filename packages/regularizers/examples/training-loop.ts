import { proxyGuidance } from '@syn2real/regularizers';
import * as tf from '@tensorflow/tfjs';

export function* train({ frozen, backbone, oldHead, newHead, trained, batches }: Program) {
  const guidance = proxyGuidance({ weight: 0.1 });
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (const { images, labels } of batches) {
    yield tf.tidy(() => {
      const teacher = guidance.record({ pool: frozen(images) }, oldHead);
      const loss = () => {
        const pool = backbone(images);
        const task: tf.Scalar = tf.losses.softmaxCrossEntropy(labels, newHead(pool));
        return task.add<tf.Scalar>(guidance.loss({ pool }, teacher, oldHead).mul(guidance.weight));
      };
      return optimizer.minimize(loss, true, trained)!; // `trained` is without the old head
    });
  }
}

/** Yours: any functions from images to pooled features `[B, C]` and on to logits. */
export interface Program {
  /** The pretrained network, never trained. */
  frozen(images: tf.Tensor): tf.Tensor;
  /** The copy of it that is trained. */
  backbone(images: tf.Tensor): tf.Tensor;
  /** The pretrained classifier, never trained. */
  oldHead(pool: tf.Tensor): tf.Tensor2D;
  newHead(pool: tf.Tensor): tf.Tensor;
  /** The variables of `backbone` and `newHead`. */
  trained: tf.Variable[];
  /** Images with one-hot labels. */
  batches: Iterable<{ images: tf.Tensor; labels: tf.Tensor }>;
}
