import type { GroupRates, Params } from './params.js';

/**
 * An optimizer as a pair of pure functions, as in optax.
 *
 * `update` returns new tensors and disposes nothing: old parameters and old state belong to the caller. A
 * parameter with no gradient passes through as it is, the same tensor, with its state.
 */
export interface Transform<State = OptimizerState> {
  readonly name: string;
  /** State for these parameters, owned by the caller. */
  init(params: Params): State;
  /**
   * One step.
   *
   * @param rates learning rate by group label, schedule and controller already applied
   */
  update(grads: Params, state: State, params: Params, rates: GroupRates): { params: Params; state: State };
}

/** Tensors by name, e.g. momentum buffers: all that a checkpoint has to save of an optimizer. */
export type OptimizerState = Params;
