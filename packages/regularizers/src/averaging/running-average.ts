import { mapParams, type Params, tf } from '@syn2real/core';

/** A mean of weights so far, as a checkpoint can hold it. */
export interface RunningAverage {
  /** The mean by parameter name; empty where nothing was added. */
  readonly mean: Params;
  /** How many weights it is of. */
  readonly count: number;
}

/** A mean of nothing yet. */
export const emptyAverage: RunningAverage = { mean: {}, count: 0 };

/**
 * The mean with `params` added, which weigh as much as `count` of those before: m ← m + (θ − m)·count/(n + count).
 *
 * Its tensors are new, owned by the caller; those of the given one stay the caller's too.
 */
export function addToAverage(
  { mean, count: before }: RunningAverage,
  params: Params,
  count = 1,
): RunningAverage {
  const share = count / (before + count);
  return {
    mean: mapParams(params, (param, name) => {
      const old = mean[name];
      return old === undefined ? param.clone() : tf.tidy(() => old.add(param.sub(old).mul(share)));
    }),
    count: before + count,
  };
}
