/// <reference path="./jstat.d.ts" />
import { UserError } from '@syn2real/core';
import jStat from 'jstat';
import type { RunRecord } from './run-record.js';
import { statistic } from './statistic.js';

/** Mean of paired differences with its confidence interval. */
export interface PairedDifference {
  mean: number;
  /** Half the width of the interval mean ± half; undefined for a single pair. */
  half?: number;
  /** Pairs. */
  n: number;
}

/**
 * Mean difference of pairs (the same seed under two methods) with a two-sided Student interval:
 *
 *     d̄ ± t_{(1+c)/2, n−1} · s_d / √n
 *
 * @param pairs - `[a, b]`, of which a − b is taken
 * @param confidence - c; default 0.95
 * @returns undefined where there is no pair
 * @throws UserError where `confidence` is not between 0 and 1
 *
 * @example
 * ```ts
 * pairedDifference([[0.62, 0.58], [0.61, 0.59], [0.63, 0.6]]); // { mean: 0.03, half: 0.0248…, n: 3 }
 * ```
 */
export function pairedDifference(
  pairs: readonly (readonly [number, number])[],
  confidence = 0.95,
): PairedDifference | undefined {
  if (!(confidence > 0 && confidence < 1)) {
    throw new UserError({
      what: 'the confidence of an interval is not valid',
      got: String(confidence),
      expected: 'a number between 0 and 1',
    });
  }
  const over = statistic(pairs.map(([a, b]) => a - b));
  if (over === undefined) return undefined;
  const { mean, std, n } = over;
  if (std === undefined) return { mean, n };
  return { mean, half: (jStat.studentt.inv((1 + confidence) / 2, n - 1) * std) / Math.sqrt(n), n };
}

/**
 * The final readings of two methods paired by seed; seeds that only one of them has are left out.
 *
 * @example
 * ```ts
 * const gain = pairedDifference(pairedBySeed(guided, naive, 'target'));
 * ```
 */
export function pairedBySeed(
  a: readonly RunRecord[],
  b: readonly RunRecord[],
  metric: 'target' | 'retention' | 'source',
): [number, number][] {
  return a.flatMap((run) => {
    const other = b.find(({ seed }) => seed !== undefined && seed === run.seed);
    const [x, y] = [run.final[metric], other?.final[metric]];
    return x === undefined || y === undefined ? [] : [[x, y]];
  });
}
