import {
  disposeParams,
  type GroupRates,
  type OptimizerState,
  type Params,
  type RngState,
} from '@syn2real/core';
import type { WindowState } from '../loop/window-state.js';
import type { WindowStatistics } from '../observe/statistics.js';
import type { JointAction } from '../policy/distribution.js';
import type { PolicyHidden } from '../policy/hidden.js';
import type { AdvantageState } from '../reinforce/advantage.js';
import type { PolicyUpdate } from '../reinforce/learner.js';
import type { Rollout } from '../reinforce/rollout.js';

/** A decision of which the reward is not known yet. */
export interface PendingDecision {
  readonly observation: readonly number[];
  readonly actions: JointAction;
  readonly episodeStart: boolean;
  /** Hidden state before it. */
  readonly hidden: PolicyHidden;
}

/** All of a meta-training's state that is not a tensor. Plain JSON. */
export interface MetaPlainState {
  /** Episode under way, from 0. */
  readonly episode: number;
  /** Where the episode stands; its `scales` are in force. */
  readonly loop: WindowState;
  /** Sampling. */
  readonly rng: RngState;
  /** Hidden state for the next decision. */
  readonly hidden: PolicyHidden;
  /** Mean loss of the last window; null in an episode's first. */
  readonly lastLoss: number | null;
  /** Oldest first. */
  readonly pending: readonly PendingDecision[];
  readonly rollout: Rollout;
  readonly advantage: AdvantageState;
  /** Decisions taken. */
  readonly decisions: number;
  /** Updates of the policy. */
  readonly updates: number;
  /** Whether the budget is spent. */
  readonly done: boolean;
}

/**
 * State of a meta-training, at any iteration: two records of tensors and plain JSON, which is all that a checkpoint
 * has to save.
 */
export interface MetaState {
  readonly policy: Params;
  /** Momentum of the policy's SGD. */
  readonly optimizer: OptimizerState;
  readonly plain: MetaPlainState;
}

/** A decision, for logs and the paper's fig. 8. Plain JSON. */
export interface MetaDecision {
  readonly episode: number;
  /** Iterations of the episode done. */
  readonly iteration: number;
  /** Number of the decision over all episodes, from 0. */
  readonly index: number;
  /** What the policy saw, 5 + C numbers. */
  readonly observation: readonly number[];
  readonly actions: JointAction;
  readonly scales: GroupRates;
  /** Mean scale of each group under the policy. */
  readonly expectedScales: GroupRates;
  /** log π(a), in nats. */
  readonly logProbability: number;
  /** Mean over the coordinates, in nats. */
  readonly entropy: number;
}

/** What one iteration, or one window, led to. */
export interface MetaStep {
  readonly state: MetaState;
  /** Means of the window that has just ended, if one has. */
  readonly window?: WindowStatistics;
  /** Reward of a decision, if one has become known. */
  readonly reward?: number;
  /** The policy's update, if one was due. */
  readonly update?: PolicyUpdate;
  /** The next decision, if one was taken. */
  readonly decision?: MetaDecision;
}

/** Disposes the tensors of `before` that are not `after`'s too. */
export function releaseMetaState(before: MetaState, after: MetaState): void {
  const kept = new Set([...Object.values(after.policy), ...Object.values(after.optimizer)]);
  for (const record of [before.policy, before.optimizer]) {
    disposeParams(Object.fromEntries(Object.entries(record).filter(([, tensor]) => !kept.has(tensor))));
  }
}
