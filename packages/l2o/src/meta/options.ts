import { UserError } from '@syn2real/core';
import type { LoopLength } from '../loop/window-state.js';
import type { ActOptions } from '../policy/act.js';
import type { PolicyLearnerOptions } from '../reinforce/learner.js';

/** Options of {@link createMetaTrainer}. */
export interface MetaTrainerOptions
  extends PolicyLearnerOptions,
    Pick<ActOptions, 'carryHidden'>,
    Pick<LoopLength, 'window'> {
  /** The network's groups, in the order of the policy's coordinates. */
  groups: readonly string[];
  iterationsPerEpoch: number;
  /** Budget: epochs over all episodes. Default 50, as in the paper. */
  epochs?: number;
  /** Epochs after which an episode ends and the network is reset. Default 2, as the released scripts ask for. */
  earlyStop?: number;
  /** Decisions between updates of the policy, U. Default 5. */
  rollout?: number;
  /**
   * By which drop of the mean loss a decision is rewarded:
   * - `own` (default): from the window before to its own. Right for windows of many iterations.
   * - `next`: from its own window to the next. Losses are measured before an iteration's update, so with windows of
   *   one iteration the drop that a decision makes shows only in the next; an episode's last decision then has no
   *   reward, and a decision taken while the fifth one's reward is awaited is from the policy before the update.
   */
  rewardWindow?: 'own' | 'next';
  /**
   * What progress counts: the iterations of the present episode (default), or of the whole meta-training (the
   * released code adds the steps of finished episodes to a running counter).
   */
  progress?: 'episode' | 'run';
  /**
   * Epochs at which progress is 1. Default `earlyStop` for `episode` (a policy then sees the whole range 0…1 that it
   * will see in use) and `epochs` for `run`. The length of the training to come, 30 for VisDA-17, is the reading in
   * which an episode is the beginning of a whole training.
   */
  progressEpochs?: number;
}

/**
 * Options as the paper prints them: a decision every iteration, rewarded by the drop of the loss that its update
 * makes; hidden state carried, eq. 7, learning rate 0.5.
 *
 * Momentum, γ, U and the resets are from the released code, which the paper does not contradict.
 */
export const paperMetaOptions = {
  window: { growth: 'constant', minimum: 1 },
  rewardWindow: 'next',
  carryHidden: true,
  form: 'equation7',
  learningRate: 0.5,
  momentum: 0.9,
  gamma: 0,
  rollout: 5,
  epochs: 50,
  earlyStop: 2,
} as const satisfies Partial<MetaTrainerOptions>;

/**
 * Options as the released code has them: growing windows, hidden state never carried, the slip of shapes in the loss,
 * learning rate 7e-4, progress counted on over the episodes.
 */
export const releasedMetaOptions = {
  window: { growth: 'released', minimum: 10, shrink: 20 },
  rewardWindow: 'own',
  carryHidden: false,
  form: 'released',
  learningRate: 7e-4,
  momentum: 0.9,
  gamma: 0,
  rollout: 5,
  epochs: 50,
  earlyStop: 2,
  progress: 'run',
} as const satisfies Partial<MetaTrainerOptions>;

/** @throws UserError that lists every option out of range */
export function checkMeta(options: MetaTrainerOptions): void {
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
