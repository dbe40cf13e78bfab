import { tf } from './tf.js';

/** Trainable tensors by their torchvision names (`"layer1.0.conv2.weight"`), kernels in TensorFlow.js layout. */
export type Params = Readonly<Record<string, tf.Tensor>>;

/** Running statistics, named like {@link Params}; never trained. */
export type Buffers = Readonly<Record<string, tf.Tensor>>;

/** A number per group label: a learning rate, or a scale of one. */
export type GroupRates = Readonly<Record<string, number>>;

/**
 * A record with every tensor replaced by `f(tensor, name)`.
 *
 * The caller owns what `f` returns.
 *
 * @example
 * ```ts
 * const halved = mapParams(params, (p) => p.mul(0.5));
 * ```
 */
export function mapParams(params: Params, f: (param: tf.Tensor, name: string) => tf.Tensor): Params {
  const mapped: Record<string, tf.Tensor> = {};
  for (const [name, param] of Object.entries(params)) mapped[name] = f(param, name);
  return mapped;
}

/** The entries whose name satisfies `keep`; the tensors are shared, not copied. */
export function filterParams<T>(
  params: Readonly<Record<string, T>>,
  keep: (name: string) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => keep(name)));
}

/** New handles on the same values: disposing the copy leaves the original alive. */
export function cloneParams(params: Params): Params {
  return mapParams(params, (param) => param.clone());
}

/** Zeros in the shapes of `params`. */
export function zerosLikeParams(params: Params): Params {
  return mapParams(params, (param) => tf.zeros(param.shape, 'float32'));
}

/** Disposes every tensor of the record; those already disposed are left alone. */
export function disposeParams(params: Params): void {
  for (const param of Object.values(params)) if (!param.isDisposed) param.dispose();
}

/** Keeps every tensor of the record alive past the enclosing `tf.tidy`, and returns the record. */
export function keepParams<P extends Params>(params: P): P {
  for (const param of Object.values(params)) tf.keep(param);
  return params;
}

/** The tensor called `name`, or an error that names it and what there is instead. */
export function param(params: Params, name: string): tf.Tensor {
  const found = params[name];
  if (found === undefined) {
    throw new Error(`No tensor "${name}" among ${Object.keys(params).slice(0, 5).join(', ')}, …`);
  }
  return found;
}
