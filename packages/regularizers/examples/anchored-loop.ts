import { l2Distance } from '@syn2real/regularizers';
import * as tf from '@tensorflow/tfjs';
import type { Program } from './program.js';

export async function* train(program: Program, regularizer = l2Distance(), samples?: Samples) {
  const { backbone, newHead, anchored, trained, batches } = program;
  const state = await regularizer.prepare(byName(anchored), samples);
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (const { images, labels } of batches) {
    yield tf.tidy(() => {
      const task = () => tf.losses.softmaxCrossEntropy(labels, newHead(backbone(images).pool!)).asScalar();
      const { value, grads } = tf.variableGrads(task, trained);
      const pull = regularizer.gradient(byName(trained), state);
      for (const [name, by] of Object.entries(pull)) grads[name] = grads[name]!.add(by);
      optimizer.applyGradients(named(grads));
      return value;
    });
  }
  return state;
}

/** Images, for the regularizers that measure importances. */
type Samples = AsyncIterable<{ images: tf.Tensor4D; labels?: tf.Tensor }>;

const byName = (variables: tf.Variable[]) => Object.fromEntries(variables.map((v) => [v.name, v]));

const named = (grads: tf.NamedTensorMap) => Object.entries(grads).map(([name, tensor]) => ({ name, tensor }));
