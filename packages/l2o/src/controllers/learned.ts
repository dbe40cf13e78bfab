import { type Controller, type Params, type RngState, restoreRng } from '@syn2real/core';
import { scalesOf } from '../actions.js';
import { observationVector } from '../observe/observation.js';
import { type ActOptions, act } from '../policy/act.js';
import { type PolicyHidden, zeroHidden } from '../policy/hidden.js';
import { checkCoordinates } from '../policy/shapes.js';

/** State of {@link learnedController}: where sampling and the encoders stand. Plain JSON. */
export interface LearnedState {
  readonly groups: readonly string[];
  readonly rng: RngState;
  readonly hidden: PolicyHidden;
}

/**
 * A frozen policy as a controller: samples each group's scale from π(· | o, h).
 *
 * @param policy parameters; they stay the caller's and must live as long as the controller is used
 * @param options hidden state carried (default) or not; sampled (default) or greedy
 * @throws UserError where the policy was made for another number of groups
 * @example
 * ```ts
 * const controller = learnedController(policyFromStateDict(tensors), { carryHidden: true });
 * let state = controller.init(network.groups, createRng(0).split('controller'));
 * ```
 * @see ASG algorithm 1 and fig. 3; the paper samples at deployment too
 */
export function learnedController(policy: Params, options: ActOptions = {}): Controller<LearnedState> {
  return {
    name: 'learned',
    init(groups, rng) {
      checkCoordinates(policy, groups);
      return { groups: [...groups], rng: rng.split('learned').state(), hidden: zeroHidden() };
    },
    decide(observation, { groups, rng: saved, hidden: before }) {
      const rng = restoreRng(saved);
      const { actions, hidden } = act(policy, observationVector(observation, groups), before, rng, options);
      return { scales: scalesOf(actions, groups), state: { groups, rng: rng.state(), hidden } };
    },
  };
}
