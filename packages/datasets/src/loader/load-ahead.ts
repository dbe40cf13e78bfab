import { setMaxListeners } from 'node:events';
import type { SkippedImage } from './assemble.js';

/** Which part of an order to load, and how. */
export interface BatchesOptions {
  /** Images a batch. */
  batchSize: number;
  /** Place in the order to begin at: the `end` of the last batch of an interrupted epoch. Default 0. */
  start?: number;
  /** Leave out the last batch where it is not full. Default false. */
  dropLast?: boolean;
  /** Ends the loading; the iteration rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A batch under way. */
export interface Loading {
  readonly count: number;
  readonly failures: readonly SkippedImage[];
}

/** How batches are loaded. */
export interface LoadPlan<Batch extends Loading> {
  /** Batches under way or ready at most, beside the one the caller has. */
  readonly prefetch: number;
  /** Loads a batch; `first`: place in the order of its first image. */
  readonly load: (wanted: Int32Array, first: number, signal: AbortSignal) => Promise<Batch>;
  /** Called for each image left out, in order. */
  readonly onFailure: (failure: SkippedImage) => void;
}

/** A loaded batch that is not empty. */
export interface Loaded<Batch> {
  readonly batch: Batch;
  /** Images left out since the batch before. */
  readonly skipped: readonly SkippedImage[];
  /** Place in the order where the next batch begins. */
  readonly end: number;
}

/** Batches of an order, in it, some of them loaded ahead of the caller. */
export async function* loadAhead<Batch extends Loading>(
  { prefetch, load, onFailure }: LoadPlan<Batch>,
  order: Int32Array,
  { batchSize, start = 0, dropLast = false, signal }: BatchesOptions,
): AsyncGenerator<Loaded<Batch>, void, undefined> {
  const stop = new AbortController();
  const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, signals);
  const stopAt = dropLast ? order.length - ((order.length - start) % batchSize) : order.length;
  const ahead: { end: number; loading: Promise<Batch> }[] = [];
  let next = start;
  const fill = (): void => {
    while (ahead.length < prefetch && next < stopAt) {
      const end = Math.min(next + batchSize, stopAt);
      const loading = load(order.subarray(next, end), next, signals);
      loading.catch(() => {});
      ahead.push({ end, loading });
      next = end;
    }
  };
  try {
    let carried: SkippedImage[] = [];
    for (fill(); ahead.length > 0; fill()) {
      signal?.throwIfAborted();
      const { end, loading } = ahead.shift()!;
      const batch = await loading;
      for (const failure of batch.failures) onFailure(failure);
      carried = [...carried, ...batch.failures];
      if (batch.count === 0) continue;
      fill();
      yield { batch, skipped: carried, end };
      carried = [];
    }
  } finally {
    stop.abort();
  }
}

/** @throws RangeError where the value is no integer of the range */
export function checkCount(name: string, value: number, least: number, most = 2 ** 31 - 1): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is an integer in ${least}…${most}; got ${value}.`);
  }
}

/** @throws RangeError where the order names an image that is not there, or the options do not fit it */
export function checkOrder(
  order: Int32Array,
  images: number,
  { batchSize, start = 0 }: Pick<BatchesOptions, 'batchSize' | 'start'>,
): void {
  checkCount('batchSize', batchSize, 1);
  checkCount('start', start, 0, order.length);
  const at = order.findIndex((index) => index < 0 || index >= images);
  if (at >= 0) throw new RangeError(`Place ${at} of the order names image ${order[at]} of ${images} images.`);
}
