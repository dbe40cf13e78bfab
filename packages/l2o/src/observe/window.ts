import { UserError } from '@syn2real/core';

/**
 * How windows grow with the iterations done, `cur` in this epoch and `prev` in earlier ones:
 * - `released`: max(min, cur + ⌊prev/shrink⌋), so windows double inside an epoch;
 * - `intended`: max(min, ⌊(cur + prev)/shrink⌋), the same without the slip of precedence: 5 % of what is done;
 * - `constant`: min; with min 1 the paper's one iteration per decision.
 */
export type WindowGrowth = 'released' | 'intended' | 'constant';

/** Options of {@link windowLength}. */
export interface WindowOptions {
  /** Default `released`. */
  growth?: WindowGrowth;
  /** Shortest window, in iterations. Default 10, as released for VisDA-17; 20 for GTA5. */
  minimum?: number;
  /** The larger, the more decisions. Default 20. */
  shrink?: number;
}

/**
 * Length of the window that begins at an iteration; it never crosses the end of the epoch.
 *
 * @param iteration iterations done since training (or the episode) began
 * @param iterationsPerEpoch length of an epoch
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * windowLength(2560, 4763); // 2203: the ninth decision's window on VisDA-17 ends with the epoch
 * ```
 * @see released ASG training code with a learned policy
 */
export function windowLength(
  iteration: number,
  iterationsPerEpoch: number,
  options: WindowOptions = {},
): number {
  const { growth, minimum, shrink } = resolveWindow(options);
  const current = iteration % iterationsPerEpoch;
  const previous = iteration - current;
  const grown = {
    released: current + Math.floor(previous / shrink),
    intended: Math.floor((current + previous) / shrink),
    constant: 0,
  }[growth];
  return Math.min(Math.max(minimum, grown), iterationsPerEpoch - current);
}

/** A window of training between two decisions. */
export interface Window {
  /** First iteration, from 0. */
  readonly start: number;
  readonly length: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Whether a decision is taken before it: all but the first, which runs with every scale 1. */
  readonly decided: boolean;
}

/**
 * All windows of a training, in order.
 *
 * @example
 * ```ts
 * planWindows(30, 4763).filter((window) => window.decided).length; // 66 decisions on VisDA-17
 * ```
 */
export function planWindows(
  epochs: number,
  iterationsPerEpoch: number,
  options: WindowOptions = {},
): Window[] {
  const windows: Window[] = [];
  for (let start = 0; start < epochs * iterationsPerEpoch; ) {
    const length = windowLength(start, iterationsPerEpoch, options);
    windows.push({ start, length, epoch: Math.floor(start / iterationsPerEpoch), decided: start > 0 });
    start += length;
  }
  return windows;
}

function resolveWindow({ growth = 'released', minimum = 10, shrink = 20 }: WindowOptions) {
  if (!GROWTHS.includes(growth)) {
    throw new UserError({
      what: 'unknown growth of windows',
      got: `"${growth}"`,
      expected: `one of ${GROWTHS.join(', ')}`,
    });
  }
  if (!Number.isInteger(minimum) || minimum < 1) {
    throw new UserError({
      what: 'the shortest window is not a number of iterations',
      got: String(minimum),
      expected: 'an integer, at least 1',
    });
  }
  if (!(shrink > 0)) {
    throw new UserError({
      what: 'the divisor of the windows is not positive',
      got: String(shrink),
      expected: 'more than 0; 20 as released',
    });
  }
  return { growth, minimum, shrink };
}

const GROWTHS: readonly WindowGrowth[] = ['released', 'intended', 'constant'];
