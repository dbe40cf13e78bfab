import type { Params, Rng } from '@syn2real/core';
import { uniformScales } from '../actions.js';
import { checkLength, overError } from '../loop/control-loop.js';
import { addIteration, type LoopLength, openWindow } from '../loop/window-state.js';
import { type IterationStatistics, type WindowStatistics, windowStatistics } from '../observe/statistics.js';
import { zeroHidden } from '../policy/hidden.js';
import { initPolicy } from '../policy/init.js';
import { checkCoordinates } from '../policy/shapes.js';
import { createPolicyLearner } from '../reinforce/learner.js';
import { emptyRollout } from '../reinforce/rollout.js';
import { checkMeta, type MetaTrainerOptions } from './options.js';
import type { MetaPlainState, MetaState, MetaStep } from './state.js';
import { decide, learn } from './steps.js';

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
 * what was minimised (another choice: `rewardWindow`). Every U rewarded decisions π takes a REINFORCE step. A rollout
 * may span a reset: no return and no hidden state crosses it. Decisions of the last, incomplete rollout teach nothing.
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
