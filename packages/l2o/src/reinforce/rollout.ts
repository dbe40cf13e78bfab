import type { JointAction } from '../policy/distribution.js';
import type { PolicyHidden } from '../policy/hidden.js';

/** One decision and what came of it. Plain JSON. */
export interface Transition {
  /** What the policy saw, 5 + C numbers. */
  readonly observation: readonly number[];
  /** What it did. */
  readonly actions: JointAction;
  /** The drop of the mean loss from the window before to the window after: r = L_t − L_{t+1}. */
  readonly reward: number;
  /** Whether this is an episode's first decision: its hidden state is zero and no return reaches back over it. */
  readonly episodeStart: boolean;
}

/** Consecutive decisions under one policy: what an update of the policy learns from. Plain JSON. */
export interface Rollout {
  /** Hidden state before the first transition. */
  readonly hidden: PolicyHidden;
  readonly transitions: readonly Transition[];
}

/** An empty rollout that begins from a hidden state. */
export function emptyRollout(hidden: PolicyHidden): Rollout {
  return { hidden, transitions: [] };
}

/** The rollout with one more transition. */
export function addTransition(rollout: Rollout, transition: Transition): Rollout {
  return { ...rollout, transitions: [...rollout.transitions, transition] };
}

/**
 * Discounted returns: G_t = r_t + γ·G_{t+1}, cut where an episode ends.
 *
 * γ = 0 gives the rewards themselves, as in the paper's eq. 7. After the last reward nothing is assumed to follow.
 *
 * @param gamma discount γ in [0, 1]
 * @param episodeStarts whether transition t begins an episode, so that it adds nothing to t − 1. Default never.
 * @example
 * ```ts
 * discountedReturns([1, 2, 3], 0.5); // [2.75, 3.5, 3]
 * ```
 */
export function discountedReturns(
  rewards: readonly number[],
  gamma: number,
  episodeStarts: readonly boolean[] = [],
): number[] {
  const returns = [...rewards];
  for (let t = rewards.length - 2; t >= 0; t--) {
    if (!episodeStarts[t + 1]) returns[t]! += gamma * returns[t + 1]!;
  }
  return returns;
}
