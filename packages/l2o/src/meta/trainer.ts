import { type Params, type Rng, restoreRng, UserError } from '@syn2real/core';
import { scalesOf, uniformScales } from '../actions.js';
import { checkLength, overError } from '../loop/control-loop.js';
import { addIteration, type LoopLength, openWindow } from '../loop/window-state.js';
import { observationVector } from '../observe/observation.js';
import { type IterationStatistics, type WindowStatistics, windowStatistics } from '../observe/statistics.js';
import { act } from '../policy/act.js';
import { zeroHidden } from '../policy/hidden.js';
import { initPolicy } from '../policy/init.js';
import { checkCoordinates } from '../policy/shapes.js';
import { createPolicyLearner, type PolicyLearner } from '../reinforce/learner.js';
import { addTransition, emptyRollout } from '../reinforce/rollout.js';
import type { MetaTrainerOptions } from './options.js';
import type { MetaPlainState, MetaState, MetaStep } from './state.js';

/** Trains a policy beside anyone's training loop. */
export interface MetaTrainer {
  /**
   * The state before the first iteration, its tensors owned by the caller.
   *
   * @param policy where to go on from, taken as it is; default a fresh one
   */
  init(rng: Rng, policy?: Params): MetaState;
  /** Whether the next iteration is an episode's first: the network, its head and its optimizer start afresh. */
  needsReset(state: MetaState): boolean;
  /** After each iteration. @throws UserError where the budget is spent */
  record(state: MetaState, iteration: IterationStatistics): MetaStep;
  /**
   * After a whole window, for loops that average it themselves (`progress` included): takes the place of `record`
   * for each of its iterations.
   */
  observe(state: MetaState, window: WindowStatistics): MetaStep;
}

/**
 * Meta-training of the policy, as a state machine that knows nothing of the network trained.
 *
 * Episodes of `earlyStop` epochs: the first window runs with all scales 1 and gives o_0 and L_0; then, for each
 * window, (a, h′) ~ π(o, h), the window runs with these scales, and r = L_t − L_{t+1}, L being the window's mean of
 * what was minimised (another choice: `rewardWindow`). Every U rewarded decisions π takes a REINFORCE step. A rollout may span a reset: no return and no hidden
 * state crosses it. Decisions of the last, incomplete rollout teach nothing.
 *
 * `record` and `observe` return new states and dispose nothing: {@link releaseMetaState} frees what an update has
 * replaced. State and statistics in, state out, so that a run restored from any state goes on with the same bits.
 *
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * const meta = createMetaTrainer({ groups: network.groups, iterationsPerEpoch: 4763 });
 * let state = meta.init(createRng(0).split('policy'));
 * while (!state.plain.done) {
 *   if (meta.needsReset(state)) startAfresh();
 *   const { state: next } = meta.record(state, trainStep(scaledRates(state.plain.loop.scales, 1e-4)));
 *   releaseMetaState(state, next);
 *   state = next;
 * }
 * ```
 * @see ASG algorithm 1. Its released code has neither this loop nor the reward; resets every two epochs, U = 5,
 *   γ = 0 and momentum are hints left in its options.
 */
export function createMetaTrainer(options: MetaTrainerOptions): MetaTrainer {
  const { groups, iterationsPerEpoch, epochs = 50, earlyStop = 2, window } = options;
  checkMeta(options);
  const learner = createPolicyLearner(options);
  const budget: LoopLength = { epochs, iterationsPerEpoch, window };
  checkLength(budget);
  checkLength({ ...budget, epochs: earlyStop });

  const episodeLength = (episode: number): LoopLength => ({
    ...budget,
    epochs: Math.min(earlyStop, epochs - episode * earlyStop),
  });
  const iterationsOf = (episode: number) => episodeLength(episode).epochs * iterationsPerEpoch;
  const progressAt = ({ episode, loop }: MetaPlainState): number => {
    const ofRun = options.progress === 'run';
    const done = loop.iteration + (ofRun ? episode * earlyStop * iterationsPerEpoch : 0);
    const whole = options.progressEpochs ?? (ofRun ? epochs : earlyStop);
    return done / (whole * iterationsPerEpoch);
  };
  const openEpisode = (episode: number) => openWindow(episodeLength(episode), 0, uniformScales(groups));
  const closeWindow = (state: MetaState, means: WindowStatistics): MetaStep => {
    const learned = learn(state, means, learner, options);
    const { plain } = learned.state;
    if (plain.loop.iteration < iterationsOf(plain.episode)) {
      const episodeStart = state.plain.lastLoss === null;
      return decide(learned, means, episodeStart, options, episodeLength(plain.episode));
    }
    const episode = plain.episode + 1;
    const done = episode * earlyStop >= epochs;
    const loop = done ? plain.loop : openEpisode(episode);
    const next = { ...plain, episode, loop, done, hidden: zeroHidden(), lastLoss: null, pending: [] };
    return { ...learned, state: { ...learned.state, plain: next } };
  };

  return {
    init(rng, policy = initPolicy(rng.split('weights'), groups.length)) {
      checkCoordinates(policy, groups);
      const { advantage, ...tensors } = learner.init(policy);
      const plain: MetaPlainState = {
        episode: 0,
        loop: openEpisode(0),
        rng: rng.split('actions').state(),
        hidden: zeroHidden(),
        lastLoss: null,
        pending: [],
        rollout: emptyRollout(zeroHidden()),
        advantage,
        decisions: 0,
        updates: 0,
        done: false,
      };
      return { ...tensors, plain };
    },
    needsReset: ({ plain }) => !plain.done && plain.loop.iteration === 0,
    record(state, iteration) {
      if (state.plain.done) throw overError(epochs * iterationsPerEpoch);
      const loop = addIteration(state.plain.loop, iteration, progressAt(state.plain));
      const next: MetaState = { ...state, plain: { ...state.plain, loop } };
      return loop.iteration < loop.end
        ? { state: next }
        : closeWindow(next, windowStatistics.finish(loop.window));
    },
    observe(state, means) {
      if (state.plain.done) throw overError(epochs * iterationsPerEpoch);
      const { loop } = state.plain;
      if (loop.window.iterations > 0) {
        throw new Error('A window of which iterations were recorded one by one is not observed as a whole.');
      }
      return closeWindow(
        { ...state, plain: { ...state.plain, loop: { ...loop, iteration: loop.end } } },
        means,
      );
    },
  };
}

/** @throws UserError that lists every option out of range */
function checkMeta(options: MetaTrainerOptions): void {
  const { groups, rollout = 5, earlyStop = 2, progressEpochs = 1 } = options;
  const { progress = 'episode', rewardWindow = 'own' } = options;
  const faults: string[] = [];
  if (groups.length === 0) faults.push('no groups');
  if (new Set(groups).size < groups.length) faults.push(`a group twice (${groups.join(', ')})`);
  if (!Number.isInteger(rollout) || rollout < 1) faults.push(`rollout ${rollout}`);
  if (!Number.isInteger(earlyStop) || earlyStop < 1) faults.push(`earlyStop ${earlyStop}`);
  if (!(progressEpochs > 0)) faults.push(`progressEpochs ${progressEpochs}`);
  if (!['episode', 'run'].includes(progress)) faults.push(`progress "${progress}"`);
  if (!['own', 'next'].includes(rewardWindow)) faults.push(`rewardWindow "${rewardWindow}"`);
  if (faults.length === 0) return;
  throw new UserError({
    what: 'an option of the meta-training is out of range',
    got: faults.join('; '),
    expected:
      'distinct groups; rollout and earlyStop integers, at least 1; progressEpochs more than 0; progress episode or run; rewardWindow own or next',
  });
}

/** What to say where the network has diverged. */
function divergedError(loss: number): UserError {
  return new UserError({
    what: "the window's mean loss is not finite, so that the decision before it has no reward",
    got: String(loss),
    fix: 'the trained network has diverged: lower its base rate, or skip the iterations that blow up',
  });
}

/** Rewards the oldest pending decision with the drop of the loss, and updates the policy when U are rewarded. */
function learn(
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
function decide(
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
