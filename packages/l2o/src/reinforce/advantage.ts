/** Options of {@link scaleRewards} and {@link subtractBaseline}: all off by default, as in the paper. */
export interface AdvantageOptions {
  /** Factor on every reward. Default 1. */
  rewardScale?: number;
  /** Divides rewards by the running standard deviation of all rewards so far, this rollout's included. Default false. */
  normalizeRewards?: boolean;
  /**
   * What is subtracted from the returns: nothing (default), the rollout's own mean, a moving mean of earlier rollouts'
   * returns, or a moving mean of the returns that decisions at this place of earlier episodes had (`place`). The last
   * two keep the gradient unbiased. The first decision at a place teaches nothing.
   */
  baseline?: 'none' | 'rollout' | 'moving' | 'place';
  /** Share of the old value that a moving baseline keeps at each rollout (`place`: episode), in [0, 1). Default 0.9. */
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
  /** The moving baseline of each place in an episode seen so far. */
  readonly places: readonly number[];
  /** Place of the decision before the next rollout; −1 before the first. */
  readonly place: number;
}

/** Before the first rollout. */
export function initAdvantages(): AdvantageState {
  return { count: 0, mean: 0, squares: 0, baseline: null, places: [], place: -1 };
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

/**
 * Subtracts the baseline from the returns: A_t = G_t − b, or G_t − b_p at the place p in its episode.
 *
 * @param starts which decisions are an episode's first; only `place` needs them
 */
export function subtractBaseline(
  returns: readonly number[],
  state: AdvantageState,
  { baseline = 'none', baselineDecay = 0.9 }: AdvantageOptions = {},
  starts: readonly boolean[] = [],
): { advantages: number[]; state: AdvantageState } {
  if (baseline === 'none') return { advantages: [...returns], state };
  if (baseline === 'place') return subtractPlaces(returns, state, baselineDecay, starts);
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  if (baseline === 'rollout') return { advantages: returns.map((value) => value - mean), state };
  const before = state.baseline ?? 0;
  return {
    advantages: returns.map((value) => value - before),
    state: { ...state, baseline: state.baseline === null ? mean : moved(before, mean, baselineDecay) },
  };
}

function subtractPlaces(
  returns: readonly number[],
  state: AdvantageState,
  decay: number,
  starts: readonly boolean[],
): { advantages: number[]; state: AdvantageState } {
  const places = [...state.places];
  let { place } = state;
  const advantages = returns.map((value, t) => {
    place = starts[t] === true ? 0 : place + 1;
    const before = places[place] ?? value;
    places[place] = moved(before, value, decay);
    return value - before;
  });
  return { advantages, state: { ...state, places, place } };
}

const moved = (before: number, value: number, decay: number): number => decay * before + (1 - decay) * value;
