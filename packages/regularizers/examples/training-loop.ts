import { proxyGuidance } from '@syn2real/regularizers';
import * as tf from '@tensorflow/tfjs';
import type { Program } from './program.js';

export function* train(program: Program, guidance = proxyGuidance({ weight: 0.1 })) {
  const { frozen, backbone, oldHead, newHead, trained, batches } = program;
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (const { images, labels } of batches) {
    yield tf.tidy(() => {
      const teacher = guidance.record(frozen(images), oldHead);
      const loss = () => {
        const features = backbone(images);
        const task: tf.Scalar = tf.losses.softmaxCrossEntropy(labels, newHead(features.pool!));
        return task.add<tf.Scalar>(guidance.loss(features, teacher, oldHead).mul(guidance.weight));
      };
      return optimizer.minimize(loss, true, trained)!; // `trained` is without the old head
    });
  }
}
