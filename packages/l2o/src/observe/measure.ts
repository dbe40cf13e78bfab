import { type Observation, type Params, tf } from '@syn2real/core';

/**
 * Mean and unbiased standard deviation of a classifier's weights, as one tensor to be read with the losses.
 *
 * @param weight the last linear layer's weights, at least two numbers: `fc_new.2.weight` as released for VisDA-17
 * @returns `[mean, std]`, owned by the caller
 * @example
 * ```ts
 * const statistics = classifierStatistics(params['fc_new.2.weight']!);
 * const [classifierMean, classifierStd] = await statistics.data();
 * statistics.dispose();
 * ```
 */
export function classifierStatistics(weight: tf.Tensor): tf.Tensor1D {
  if (weight.size < 2) throw new Error(`A standard deviation needs two numbers; got ${weight.size}.`);
  return tf.tidy(() => {
    const mean = weight.mean();
    const centred = weight.sub(mean);
    const variance = centred
      .mul(centred)
      .sum()
      .div(tf.scalar(weight.size - 1));
    return tf.stack([mean, variance.sqrt()]) as tf.Tensor1D;
  });
}

/**
 * Euclidean norms of each group's gradient and weights, as one tensor to be read with the losses.
 *
 * A group without any gradient (frozen) has gradient norm 0.
 *
 * @param groups rows of the result, in this order
 * @returns `[G, 2]`, gradient then weights, owned by the caller; {@link readNorms} names its values
 * @throws Error where a group has no parameter
 * @example
 * ```ts
 * const tensor = groupNorms(grads, params, network.groupOf, network.groups);
 * const norms = readNorms(network.groups, await tensor.data());
 * tensor.dispose();
 * ```
 */
export function groupNorms(
  grads: Params,
  params: Params,
  groupOf: (param: string) => string,
  groups: readonly string[],
): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = groups.map((group) => {
      const names = Object.keys(params).filter((name) => groupOf(name) === group);
      if (names.length === 0) throw new Error(`No parameter belongs to the group "${group}".`);
      const norm = (record: Params) => {
        const squares = names.flatMap((name) => {
          const tensor = record[name];
          return tensor === undefined ? [] : [tensor.mul(tensor).sum() as tf.Scalar];
        });
        return squares.length === 0 ? tf.scalar(0) : tf.addN(squares).sqrt();
      };
      return tf.stack([norm(grads), norm(params)]);
    });
    return tf.stack(rows) as tf.Tensor2D;
  });
}

/** The values of {@link groupNorms} by group. */
export function readNorms(
  groups: readonly string[],
  values: ArrayLike<number>,
): NonNullable<Observation['norms']> {
  return Object.fromEntries(
    groups.map((group, g) => [group, { grad: values[2 * g]!, weight: values[2 * g + 1]! }]),
  );
}
