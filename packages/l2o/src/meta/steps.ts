import { restoreRng, UserError } from '@syn2real/core';
import { scalesOf } from '../actions.js';
import { type LoopLength, openWindow } from '../loop/window-state.js';
import { observationVector } from '../observe/observation.js';
import type { WindowStatistics } from '../observe/statistics.js';
import { act } from '../policy/act.js';
import { zeroHidden } from '../policy/hidden.js';
import type { PolicyLearner } from '../reinforce/learner.js';
import { addTransition, emptyRollout } from '../reinforce/rollout.js';
import type { MetaTrainerOptions } from './options.js';
import type { MetaPlainState, MetaState, MetaStep } from './state.js';

/** Rewards the oldest pending decision with the drop of the loss, and updates the policy when U are rewarded. */
export function learn(
  state: MetaState,
  means: WindowStatistics,
  learner: PolicyLearner,
  { rollout: size = 5, rewardWindow = 'own' }: MetaTrainerOptions,
): MetaStep {
  const { plain } = state;
  if (!Number.isFinite(means.loss)) throw divergedError(means.loss);
  const { lastLoss } = plain;
  const [rewarded, ...pending] = plain.pending;
  const after: MetaPlainState = { ...plain, lastLoss: means.loss };
  const due = pending.length >= (rewardWindow === 'next' ? 1 : 0);
  if (rewarded === undefined || lastLoss === null || !due) {
    return { state: { ...state, plain: after }, window: means };
  }
  const reward = lastLoss - means.loss;
  const { hidden, ...decided } = rewarded;
  const begun = plain.rollout.transitions.length === 0 ? emptyRollout(hidden) : plain.rollout;
  const rollout = addTransition(begun, { ...decided, reward });
  if (rollout.transitions.length < size) {
    return { state: { ...state, plain: { ...after, pending, rollout } }, window: means, reward };
  }
  const learned = learner.update({ ...state, advantage: plain.advantage }, rollout);
  const { policy, optimizer, advantage } = learned.state;
  const cleared = emptyRollout(zeroHidden());
  return {
    state: {
      policy,
      optimizer,
      plain: { ...after, pending, rollout: cleared, advantage, updates: plain.updates + 1 },
    },
    window: means,
    reward,
    update: learned.update,
  };
}

/** Samples the next window's scales and opens it. */
export function decide(
  step: MetaStep,
  means: WindowStatistics,
  episodeStart: boolean,
  { groups, carryHidden }: MetaTrainerOptions,
  length: LoopLength,
): MetaStep {
  const { state } = step;
  const { plain } = state;
  const { loop, episode } = plain;
  const observation = observationVector({ ...means, scales: loop.scales }, groups);
  const rng = restoreRng(plain.rng);
  const decision = act(state.policy, observation, plain.hidden, rng, { carryHidden });
  const { actions, logProbability, entropy } = decision;
  const scales = scalesOf(actions, groups);
  const next: MetaPlainState = {
    ...plain,
    loop: openWindow(length, loop.iteration, scales),
    rng: rng.state(),
    hidden: decision.hidden,
    pending: [...plain.pending, { observation, actions, episodeStart, hidden: plain.hidden }],
    decisions: plain.decisions + 1,
  };
  const expected = groups.map((group, c) => [group, decision.expectedScales[c]!] as const);
  return {
    ...step,
    state: { ...state, plain: next },
    decision: {
      episode,
      iteration: loop.iteration,
      index: plain.decisions,
      observation,
      actions,
      scales,
      expectedScales: Object.fromEntries(expected),
      logProbability,
      entropy,
    },
  };
}

/** What to say where the network has diverged. */
function divergedError(loss: number): UserError {
  return new UserError({
    what: "the window's mean loss is not finite, so that the decision before it has no reward",
    got: String(loss),
    fix: 'the trained network has diverged: lower its base rate, or skip the iterations that blow up',
  });
}
