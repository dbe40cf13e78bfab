import type { OptimizerState, Params } from '@syn2real/core';
import type { StepParts } from './parts.js';

/** All that a step changes; with the batch, it determines what comes next. */
export interface TrainState {
  /** Steps done. */
  readonly step: number;
  /** Trainable tensors, frozen groups included. */
  readonly params: Params;
  readonly optimizer: OptimizerState;
  /** State of each parameter regularizer that has one, by its name. */
  readonly regularizers: Readonly<Record<string, Params>>;
}

/**
 * The state before the first step. It holds `params` themselves, not copies; the caller owns it.
 *
 * @param regularizers what `prepare` gave, by the regularizer's name. Default: none.
 */
export function initTrainState(
  parts: Pick<StepParts, 'optimizer'>,
  params: Params,
  regularizers: Readonly<Record<string, Params>> = {},
): TrainState {
  return { step: 0, params, optimizer: parts.optimizer.init(params), regularizers };
}

/** Disposes all tensors of a state. */
export function disposeTrainState(state: TrainState): void {
  disposeReplaced(state, undefined);
}

/** Disposes the tensors of `before` that `after` does not hold on to. */
export function disposeReplaced(before: TrainState, after: TrainState | undefined): void {
  const kept = new Set(after === undefined ? [] : stateTensors(after));
  for (const tensor of stateTensors(before)) if (!kept.has(tensor) && !tensor.isDisposed) tensor.dispose();
}

/**
 * The state's tensors in the groups of a checkpoint: `params`, `optimizer`, and `regularizer` with the names
 * `<regularizer>/<tensor>`.
 *
 * @example
 * ```ts
 * await saveCheckpoint(run, state.step, stateGroups(state), rest, { journal });
 * ```
 */
export function stateGroups(state: TrainState): Readonly<Record<string, Params>> {
  const regularizer = Object.entries(state.regularizers).flatMap(([name, tensors]) =>
    Object.entries(tensors).map(([key, tensor]) => [`${name}/${key}`, tensor] as const),
  );
  return { params: state.params, optimizer: state.optimizer, regularizer: Object.fromEntries(regularizer) };
}

/** The inverse of {@link stateGroups}: the state shares the groups' tensors. */
export function stateFromGroups(step: number, groups: Readonly<Record<string, Params>>): TrainState {
  const regularizers: Record<string, Record<string, Params[string]>> = {};
  for (const [path, tensor] of Object.entries(groups.regularizer ?? {})) {
    const cut = path.indexOf('/');
    const name = path.slice(0, cut);
    regularizers[name] = { ...regularizers[name], [path.slice(cut + 1)]: tensor };
  }
  return { step, params: groups.params ?? {}, optimizer: groups.optimizer ?? {}, regularizers };
}

/** Every tensor of a state; one that is in it twice comes twice. */
export function stateTensors(state: TrainState): Params[string][] {
  return [state.params, state.optimizer, ...Object.values(state.regularizers)].flatMap((tensors) =>
    Object.values(tensors),
  );
}
