import { disposeParams, type Params } from '@syn2real/core';
import { addToAverage, emptyAverage, type RunningAverage } from './running-average.js';

/** Options of {@link swad}. */
export interface SwadOptions {
  /** N_s: evaluations of which the first is the best, which start the valley. Default 3. */
  startPatience?: number;
  /** N_e: evaluations in a row above the tolerance that end it. Default 6. */
  endPatience?: number;
  /** r: the valley ends above (1 + r) times the mean loss of its first N_s evaluations. Default 0.3. */
  tolerance?: number;
}

/** The weights between two evaluations, averaged, and the loss at the second. */
export interface SwadSegment extends RunningAverage {
  readonly loss: number;
}

/** All that {@link swad} knows; plain numbers and tensors, so that a checkpoint can hold it. */
export interface SwadState {
  /** Of the weights since the last evaluation. */
  readonly current: RunningAverage;
  /** Evaluations that may yet start the valley, or end it before them, oldest first. */
  readonly pending: readonly SwadSegment[];
  /** Of the valley so far, without what is pending. */
  readonly valley: RunningAverage;
  /** Loss that ends the valley; undefined before it starts. */
  readonly threshold?: number;
  /** Whether it has ended. */
  readonly ended: boolean;
}

/** What {@link swad} gives. `afterStep` and `afterEvaluation` use the given state up; the parameters stay the caller's. */
export interface Swad {
  init(): SwadState;
  /** Adds the weights after a step of training. Call it after every one. */
  afterStep(params: Params, state: SwadState): SwadState;
  /** Adds the loss on held-out source data. Call it every so many steps. */
  afterEvaluation(loss: number, state: SwadState): SwadState;
  /** The mean of the weights in the valley, new tensors; undefined where it has not started. */
  average(state: SwadState): Params | undefined;
  dispose(state: SwadState): void;
}

/**
 * SWAD: averages the weights of every iteration inside the valley of the validation loss, before and after which the
 * network under- or overfits.
 *
 * The valley starts with the evaluation i for which E_i ≤ E_{i+1}, …, E_{i+N_s−1}, and ends N_e evaluations before the one
 * that completes N_e in a row above l = (1 + r)/N_s · Σ E of its first N_s; where that never happens, with training. The
 * weights between two evaluations count with the second. Evaluate on held-out source data, never on the target.
 *
 * Costs a pass over the parameters a step, and up to 2 + max(N_s, N_e) copies of them. Use a constant learning rate.
 *
 * @throws RangeError where an option is out of range, or a loss not a number
 * @example
 * ```ts
 * const averaging = swad();
 * let state = averaging.init();
 * state = averaging.afterStep(params, state);
 * if (step % 100 === 0) state = averaging.afterEvaluation(await heldOutLoss(params), state);
 * const weights = averaging.average(state) ?? params;
 * ```
 * @see Cha et al.: SWAD, domain generalization by seeking flat minima (NeurIPS 2021), algorithm 1, whose r is this 1 + r.
 * It counts iterations where this counts evaluations
 */
export function swad({ startPatience = 3, endPatience = 6, tolerance = 0.3 }: SwadOptions = {}): Swad {
  for (const patience of [startPatience, endPatience]) {
    if (!Number.isSafeInteger(patience) || patience < 1) {
      throw new RangeError(`swad: a patience is a positive whole number; got ${patience}.`);
    }
  }
  if (!(tolerance >= 0 && Number.isFinite(tolerance))) {
    throw new RangeError(`swad: the tolerance is a number of at least 0; got ${tolerance}.`);
  }
  return {
    init: () => ({ current: emptyAverage, pending: [], valley: emptyAverage, ended: false }),
    afterStep(params, state) {
      if (state.ended) return state;
      const current = addToAverage(state.current, params);
      disposeParams(state.current.mean);
      return { ...state, current };
    },
    afterEvaluation(loss, state) {
      if (!Number.isFinite(loss)) throw new RangeError(`swad: a loss is a finite number; got ${loss}.`);
      if (state.ended || state.current.count === 0) return state;
      const next = {
        ...state,
        current: emptyAverage,
        pending: [...state.pending, { ...state.current, loss }],
      };
      return next.threshold === undefined
        ? maybeStart(next, startPatience, tolerance)
        : maybeEnd(next, next.threshold, endPatience);
    },
    average(state) {
      if (state.threshold === undefined) return undefined;
      const parts = [state.valley, ...state.pending, state.current];
      return parts.reduce((average, { mean, count }) => {
        if (count === 0) return average;
        const sum = addToAverage(average, mean, count);
        disposeParams(average.mean);
        return sum;
      }, emptyAverage).mean;
    },
    dispose(state) {
      for (const { mean } of [state.current, state.valley, ...state.pending]) disposeParams(mean);
    },
  };
}

function maybeStart(state: SwadState, patience: number, tolerance: number): SwadState {
  if (state.pending.length < patience) return state;
  const losses = state.pending.map(({ loss }) => loss);
  const [oldest, ...rest] = state.pending;
  if (losses[0]! > Math.min(...losses)) {
    disposeParams(oldest!.mean);
    return { ...state, pending: rest };
  }
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / patience;
  return { ...state, ...intoValley(state, 1), threshold: (1 + tolerance) * mean };
}

function maybeEnd(state: SwadState, threshold: number, patience: number): SwadState {
  const last = state.pending.slice(-patience);
  if (last.length === patience && last.every(({ loss }) => loss > threshold)) {
    const ended = intoValley(state, state.pending.length - patience);
    for (const { mean } of ended.pending) disposeParams(mean);
    return { ...state, ...ended, pending: [], ended: true };
  }
  return { ...state, ...intoValley(state, Math.max(0, state.pending.length - patience)) };
}

/** Moves the oldest `count` pending segments into the valley. */
function intoValley({ valley, pending }: SwadState, count: number): Pick<SwadState, 'valley' | 'pending'> {
  return {
    valley: pending.slice(0, count).reduce(merged, valley),
    pending: pending.slice(count),
  };
}

/** `into` with another average added, both used up. */
function merged(into: RunningAverage, { mean, count }: RunningAverage): RunningAverage {
  if (count === 0) return into;
  const sum = addToAverage(into, mean, count);
  disposeParams(into.mean);
  disposeParams(mean);
  return sum;
}
