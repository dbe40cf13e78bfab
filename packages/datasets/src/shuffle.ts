import type { Rng } from '@syn2real/core';

/**
 * The random order in which epoch `epoch` visits `n` images.
 *
 * It depends on the stream's key and the epoch alone, so a run that stopped anywhere goes on at
 * `loader.batches(epochOrder(n, rng, epoch), { batchSize, start })` without replaying what came before.
 *
 * @example
 * ```ts
 * const order = epochOrder(source.images.length, createRng(0).split('shuffle'), 3);
 * ```
 */
export function epochOrder(n: number, rng: Rng, epoch: number): Int32Array {
  if (!Number.isInteger(epoch) || epoch < 0)
    throw new RangeError(`An epoch is an integer ≥ 0; got ${epoch}.`);
  return rng.split(epoch).permutation(n);
}

/**
 * `length` images drawn uniformly from `n`, each time from all of them: the epochs of the released segmentation code.
 *
 * It depends on the stream's key and the epoch alone, as {@link epochOrder}.
 *
 * @example
 * ```ts
 * const order = drawnOrder(12_403, 12_000, createRng(0).split('order'), 3);
 * ```
 */
export function drawnOrder(n: number, length: number, rng: Rng, epoch: number): Int32Array {
  if (!Number.isInteger(epoch) || epoch < 0)
    throw new RangeError(`An epoch is an integer ≥ 0; got ${epoch}.`);
  const stream = rng.split(epoch);
  return Int32Array.from({ length }, () => stream.integer(n));
}

/** The order of the list: 0…n−1. */
export function listOrder(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}
