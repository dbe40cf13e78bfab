import type { GroupRates, Params } from './params.js';

/**
 * An optimizer as a pair of pure functions, as in optax.
 *
 * `update` returns new tensors and disposes nothing: old parameters and old state belong to the caller. A
 * parameter with no gradient passes through as it is, the same tensor, with its state; but where its group's rate is 0
 * and the transform is `gradientFreeAtZero`, it is updated.
 */
export interface Transform<State = OptimizerState> {
  readonly name: string;
  /**
   * At a rate of 0 the gradient has no part in the update, so that none need be computed: a parameter of such a group
   * then moves as it would with any gradient. Default false.
   */
  readonly gradientFreeAtZero?: boolean;
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
