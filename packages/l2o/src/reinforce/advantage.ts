/** Options of {@link scaleRewards} and {@link subtractBaseline}: all off by default, as in the paper. */
export interface AdvantageOptions {
  /** Factor on every reward. Default 1. */
  rewardScale?: number;
  /** Divides rewards by the running standard deviation of all rewards so far, this rollout's included. Default false. */
  normalizeRewards?: boolean;
  /**
   * What is subtracted from the returns: nothing (default), the rollout's own mean, or a moving mean of earlier
   * rollouts' returns, which keeps the gradient unbiased.
   */
  baseline?: 'none' | 'rollout' | 'moving';
  /** Share of the old value that a moving baseline keeps at each rollout, in [0, 1). Default 0.9. */
  baselineDecay?: number;
}

/** What the rewards' normalisation and the moving baseline remember. Plain JSON. */
export interface AdvantageState {
  /** Rewards seen, their mean, and the sum of their squared distances from it (Welford). */
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  /** The moving baseline; null before the first rollout. */
  readonly baseline: number | null;
}

/** Before the first rollout. */
export function initAdvantages(): AdvantageState {
  return { count: 0, mean: 0, squares: 0, baseline: null };
}

/**
 * Scales (and, if asked, normalises) the rewards of a rollout.
 *
 * The first reward of all, and rewards that never vary, are not divided.
 */
export function scaleRewards(
  rewards: readonly number[],
  state: AdvantageState,
  { rewardScale = 1, normalizeRewards = false }: AdvantageOptions = {},
): { rewards: number[]; state: AdvantageState } {
  let { count, mean, squares } = state;
  for (const reward of rewards) {
    count++;
    const off = reward - mean;
    mean += off / count;
    squares += off * (reward - mean);
  }
  const std = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  const factor = normalizeRewards && std > 0 ? rewardScale / std : rewardScale;
  return { rewards: rewards.map((reward) => reward * factor), state: { ...state, count, mean, squares } };
}

/** Subtracts the baseline from the returns: A_t = G_t − b. */
export function subtractBaseline(
  returns: readonly number[],
  state: AdvantageState,
  { baseline = 'none', baselineDecay = 0.9 }: AdvantageOptions = {},
): { advantages: number[]; state: AdvantageState } {
  if (baseline === 'none') return { advantages: [...returns], state };
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  if (baseline === 'rollout') return { advantages: returns.map((value) => value - mean), state };
  const before = state.baseline ?? 0;
  const after = state.baseline === null ? mean : baselineDecay * before + (1 - baselineDecay) * mean;
  return { advantages: returns.map((value) => value - before), state: { ...state, baseline: after } };
}
