import { type Controller, type GroupRates, type Rng, type RngState, restoreRng } from '@syn2real/core';
import { scalesOf } from '../actions.js';
import { ACTIONS } from '../policy/shapes.js';

/** State of {@link randomController}. Plain JSON. */
export interface RandomState {
  readonly groups: readonly string[];
  readonly rng: RngState;
}

/**
 * Draws each group's scale uniformly from 0, 0.1, …, 1 at each decision: the random policy of the paper's fig. 6.
 *
 * @example
 * ```ts
 * const state = randomController.init(network.groups, createRng(0).split('controller'));
 * ```
 */
export const randomController: Controller<RandomState> = {
  name: 'random',
  init: (groups, rng) => ({ groups: [...groups], rng: rng.split('random').state() }),
  decide(_, { groups, rng: saved }) {
    const rng = restoreRng(saved);
    return { scales: drawScales(groups, rng), state: { groups, rng: rng.state() } };
  },
};

/** State of {@link randomOnceController}. Plain JSON. */
export interface RandomOnceState {
  readonly scales: GroupRates;
}

/** Draws each group's scale once and keeps it from the first decision on. */
export const randomOnceController: Controller<RandomOnceState> = {
  name: 'random-once',
  init: (groups, rng) => ({ scales: drawScales(groups, rng.split('random-once')) }),
  decide: (_, state) => ({ scales: state.scales, state }),
};

function drawScales(groups: readonly string[], rng: Rng): GroupRates {
  return scalesOf(
    groups.map(() => rng.integer(ACTIONS)),
    groups,
  );
}
