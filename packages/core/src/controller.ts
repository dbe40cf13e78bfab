import type { GroupRates } from './params.js';
import type { Rng } from './rng/rng.js';

/** What a controller sees of the last window of training (facts of the paper's section on RL-L2O). */
export interface Observation {
  /** Mean task loss over the window. */
  taskLoss: number;
  /** Mean function-regularizer loss over the window, without its weight. */
  regularizerLoss: number;
  /** Share of all iterations done, 0…1. */
  progress: number;
  /** Mean of the new classifier's weights. */
  classifierMean: number;
  /** Unbiased standard deviation of the new classifier's weights. */
  classifierStd: number;
  /** The scales in force, by group. */
  scales: GroupRates;
  /** Mean norms of each group's gradient and weights over the window, where the training loop measures them. */
  norms?: Readonly<Record<string, { readonly grad: number; readonly weight: number }>>;
}

/** Sets the scale of each group's learning rate once per window of iterations. */
export interface Controller<State> {
  readonly name: string;
  init(groups: readonly string[], rng: Rng): State;
  /** Scales of the first window, before anything was observed. Default: 1 for every group. */
  first?(groups: readonly string[], state: State): GroupRates;
  decide(observation: Observation, state: State): { scales: GroupRates; state: State };
}
