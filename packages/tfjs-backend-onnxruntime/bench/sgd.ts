import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from './tf.js';

/** SGD with momentum and weight decay as tensor operations; returns a step, which returns the loss. */
export function sgd(
  parameters: ReadonlyMap<string, Variable>,
  loss: () => Scalar,
  { rate = 1e-3, momentum = 0.9, decay = 5e-4 } = {},
): () => number {
  const buffers = new Map<string, Tensor>(
    [...parameters].map(([name, value]) => [name, tf.keep(tf.zerosLike(value))]),
  );
  return () => {
    const { value, grads } = tf.variableGrads(loss, [...parameters.values()]);
    for (const [name, parameter] of parameters) {
      const old = buffers.get(name)!;
      const [buffer, next] = tf.tidy((): [Tensor, Tensor] => {
        const gradient = grads[parameter.name]!.add(parameter.mul(decay));
        const made = old.mul(momentum).add(gradient.mul(rate));
        return [made, parameter.sub(made)];
      });
      parameter.assign(next);
      tf.dispose([next, old]);
      buffers.set(name, tf.keep(buffer));
    }
    tf.dispose(grads);
    const read = value.dataSync()[0]!;
    value.dispose();
    return read;
  };
}
