import { type Params, tf } from '@syn2real/core';

/** A scalar's value and its gradient in each of `params` that it depends on. Call it inside `tf.tidy`. */
export function gradientsIn(params: Params, f: () => tf.Scalar): { value: tf.Scalar; grads: Params } {
  const names = Object.keys(params);
  const found = tf.engine().gradients(
    f,
    names.map((name) => params[name]!),
    undefined,
    true,
  );
  const grads: Record<string, tf.Tensor> = {};
  names.forEach((name, at) => {
    const grad: tf.Tensor | null | undefined = found.grads[at];
    if (grad !== undefined && grad !== null) grads[name] = grad;
  });
  return { value: found.value as tf.Scalar, grads };
}
