import type { ParameterRegularizer, Params, RegularizerBatch } from '@syn2real/core';

/** Each regularizer's state before training, by its name; the caller's own. */
export async function preparedStates(
  regularizers: readonly ParameterRegularizer[],
  anchor: Params,
  samples: () => AsyncIterable<RegularizerBatch>,
): Promise<Record<string, Params>> {
  const states: Record<string, Params> = {};
  for (const regularizer of regularizers) {
    states[regularizer.name] = await regularizer.prepare(anchor, samples());
  }
  return states;
}
