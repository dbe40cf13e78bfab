import type { Rng, SourceDomain } from '@syn2real/core';

/** Places in a source's list: those trained on, and those kept to measure on. */
export interface SourceSplit {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/**
 * Keeps a share of the source's images out of training, drawn from `rng` and rounded to whole images.
 */
export function splitSource(source: SourceDomain, share: number, rng: Rng): SourceSplit {
  const count = source.images.length;
  const kept = Math.round(count * share);
  const order = rng.permutation(count);
  return { train: order.slice(kept).sort(), heldOut: order.slice(0, kept).sort() };
}

/** At most `limit` places of `order`, evenly spread over it. */
export function spread(order: Int32Array, limit: number): Int32Array {
  if (order.length <= limit) return order;
  return Int32Array.from({ length: limit }, (_, i) => order[Math.floor(((i + 0.5) * order.length) / limit)]!);
}
