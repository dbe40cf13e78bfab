import type { GroupRates } from '@syn2real/core';
import { type IterationStatistics, type WindowAccumulator, windowStatistics } from '../observe/statistics.js';
import { type WindowOptions, windowLength } from '../observe/window.js';

/** How long training lasts and how it is cut into windows. */
export interface LoopLength {
  epochs: number;
  iterationsPerEpoch: number;
  window?: WindowOptions;
}

/** Where training stands among its windows. Plain JSON. */
export interface WindowState {
  /** Iterations done. */
  readonly iteration: number;
  /** Iteration at which the window under way ends. */
  readonly end: number;
  /** The scales in force. */
  readonly scales: GroupRates;
  /** The window under way. */
  readonly window: WindowAccumulator;
}

/** The window that begins at `iteration`, with these scales in force. */
export function openWindow(length: LoopLength, iteration: number, scales: GroupRates): WindowState {
  const total = length.epochs * length.iterationsPerEpoch;
  const end =
    iteration < total ? iteration + windowLength(iteration, length.iterationsPerEpoch, length.window) : total;
  return { iteration, end, scales, window: windowStatistics.init() };
}

/** The state after one more iteration; the window is complete where `iteration` has reached `end`. */
export function addIteration(
  state: WindowState,
  statistics: IterationStatistics,
  progress: number,
): WindowState {
  return {
    ...state,
    iteration: state.iteration + 1,
    window: windowStatistics.update(state.window, statistics, progress),
  };
}
