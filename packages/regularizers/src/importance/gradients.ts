import { type Params, tf, UserError } from '@syn2real/core';

/**
 * A scalar's value and its gradient in each of `params` that it depends on. Call it inside `tf.tidy`.
 *
 * @throws UserError where it depends on none
 */
export function gradientsIn(
  regularizer: string,
  params: Params,
  f: () => tf.Scalar,
): { value: tf.Scalar; grads: Params } {
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
  if (Object.keys(grads).length === 0) {
    throw new UserError({
      what: `"${regularizer}" measures importances of ${names.length} parameters, and its function uses none of them`,
      expected: 'a function of the parameters that it is called with',
      fix: 'compute the output from its first argument, or, of a tf.layers model, pass the variables themselves as anchor',
    });
  }
  return { value: found.value as tf.Scalar, grads };
}
