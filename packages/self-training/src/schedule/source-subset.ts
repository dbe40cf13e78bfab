import type { Rng } from '@syn2real/core';

/**
 * The source samples of a round: ⌊count·share⌋ of them, at least one where there are any, drawn without replacement,
 * in ascending order.
 *
 * Each round has a stream of its own (`rng.split(round)`), so that a round's subset depends on seed and round alone.
 *
 * @returns places in the source's list
 * @example
 * ```ts
 * const subset = sourceSubset(source.images.length, shareOfRound(SOURCE_SHARE, round), rng.split('source-subset'), round);
 * ```
 */
export function sourceSubset(count: number, share: number, rng: Rng, round: number): Int32Array {
  const kept = Math.min(count, Math.max(1, Math.floor(count * share)));
  return rng.split(round).permutation(count).slice(0, kept).sort();
}
