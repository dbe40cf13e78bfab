/** Mean and spread of one number over seeds. */
export interface Statistic {
  mean: number;
  /** Sample standard deviation (divisor n − 1); undefined for a single value. */
  std?: number;
  min: number;
  max: number;
  /** How many runs recorded the number. */
  n: number;
}

/**
 * Mean, sample standard deviation, minimum and maximum of the values that are there.
 *
 *     std = √( Σ (x − mean)² / (n − 1) )
 *
 * @returns undefined where no value is there
 *
 * @example
 * ```ts
 * statistic([0.6, 0.62, undefined]); // { mean: 0.61, std: 0.01414…, min: 0.6, max: 0.62, n: 2 }
 * ```
 */
export function statistic(values: readonly (number | undefined)[]): Statistic | undefined {
  const there = values.filter((x): x is number => x !== undefined);
  const n = there.length;
  if (n === 0) return undefined;
  const mean = there.reduce((sum, x) => sum + x, 0) / n;
  const squares = there.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {
    mean,
    std: n > 1 ? Math.sqrt(squares / (n - 1)) : undefined,
    min: Math.min(...there),
    max: Math.max(...there),
    n,
  };
}
