import { si } from '@syn2real/regularizers';
import * as tf from '@tensorflow/tfjs';
import type { Program } from './program.js';

export async function* train({ backbone, newHead, anchored, trained, batches }: Program, synapses = si()) {
  const after = Object.fromEntries(anchored.map((v) => [v.name, v]));
  let state = await synapses.prepare(after);
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (const { images, labels } of batches) {
    const { value, next } = tf.tidy(() => {
      const task = () => tf.losses.softmaxCrossEntropy(labels, newHead(backbone(images).pool!)).asScalar();
      const { value, grads: taskGrads } = tf.variableGrads(task, trained);
      const [grads, before] = [{ ...taskGrads }, copies(after)];
      for (const [k, by] of Object.entries(synapses.gradient(after, state))) grads[k] = grads[k]!.add(by);
      optimizer.applyGradients(named(grads));
      return { value, next: synapses.afterStep({ taskGrads, before, after }, state) };
    });
    for (const [name, old] of Object.entries(state)) if (next[name] !== old) old.dispose();
    state = next;
    yield value;
  }
  return synapses.consolidate(after, state); // for the task after this one
}

const copies = (variables: Record<string, tf.Variable>) =>
  Object.fromEntries(Object.entries(variables).map(([name, v]): [string, tf.Tensor] => [name, v.clone()]));

const named = (grads: tf.NamedTensorMap) => Object.entries(grads).map(([name, tensor]) => ({ name, tensor }));
