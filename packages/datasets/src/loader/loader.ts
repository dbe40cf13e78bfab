import { type ImageRef, UserError } from '@syn2real/core';
import { DEFAULT_LIMITS, type DecodeLimits } from '../decode/limits.js';
import { checkTransform, type ImageTransform, VISDA17_TRANSFORM } from '../transform/image-transform.js';
import { type AssembleContext, assembleBatch, type SkippedImage } from './assemble.js';
import { createImageCache } from './image-cache.js';
import { type BatchesOptions, checkCount, checkOrder, loadAhead } from './load-ahead.js';
import { createDecodePool, type DecodePool } from './pool.js';
import { createSkipLog } from './skip-log.js';

/** How a loader is made. */
export interface LoaderOptions {
  /** A domain's images; batches name them by their place in this list. */
  images: readonly ImageRef[];
  /** Default {@link VISDA17_TRANSFORM}. */
  transform?: ImageTransform;
  /** Threads to decode in: shared ones, or how many of its own. Default: as many as cores. */
  workers?: number | DecodePool;
  /** Batches under way or ready at most, beside the one the caller has. Default 3. */
  prefetch?: number;
  /** Memory for transformed images kept across epochs, in bytes; 0 keeps none. Default 256 MiB. */
  cacheBytes?: number;
  /** Leave out images that cannot be read, instead of stopping. Default false. */
  skipUnreadable?: boolean;
  /** Called for each image left out. */
  onSkip?: (skipped: SkippedImage) => void;
  /** Limits against files that would take the memory. */
  limits?: Partial<DecodeLimits>;
}

/** Images in the order asked for. */
export interface ImageBatch {
  /** Places in the loader's list of images, one for each image in the batch. */
  readonly indices: Int32Array;
  /** RGB bytes `[count, crop, crop, 3]`, the caller's own. */
  readonly images: Uint8Array;
  /** Images in this batch; fewer than asked for at the end of the order or where some were skipped. */
  readonly count: number;
  /** Images left out since the batch before. */
  readonly skipped: readonly SkippedImage[];
  /** Place in the order where the next batch begins: what a checkpoint keeps. */
  readonly end: number;
}

/** What a loader has done so far. */
export interface LoaderStats {
  readonly decoded: number;
  readonly fromCache: number;
  readonly cachedBytes: number;
  /** Images left out, each once. */
  readonly skipped: readonly SkippedImage[];
}

/** Loads images in any order, as often as wanted. */
export interface Loader {
  /** Side of the square images it gives, in pixels. */
  readonly side: number;
  /** Batches of the images `order` names; the same bytes whatever the number of threads. */
  batches(order: Int32Array, options: BatchesOptions): AsyncIterable<ImageBatch>;
  stats(): LoaderStats;
  /** Ends its own threads (not shared ones). */
  close(): Promise<void>;
}

/**
 * A loader: decoding and transform in worker threads, a bounded number of batches ahead of the caller.
 *
 * Memory stays within `(prefetch + 1)` batches, the cache, and a few decoded images a thread, whatever the
 * size of the set.
 *
 * @throws RangeError where an option is out of its range. While iterating: UserError that names the image where
 * one cannot be read and `skipUnreadable` is off.
 * @example
 * ```ts
 * const loader = createLoader({ images: source.images });
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   const order = epochOrder(source.images.length, rng, epoch);
 *   for await (const batch of loader.batches(order, { batchSize: 32 })) {
 *     const x = tf.tensor4d(normalise(batch.images), [batch.count, loader.side, loader.side, 3]);
 *     const y = batch.indices.map((i) => source.labels[i]!);
 *     // … a step; dispose x
 *   }
 * }
 * await loader.close();
 * ```
 */
export function createLoader({
  images,
  transform = VISDA17_TRANSFORM,
  workers,
  prefetch = 3,
  cacheBytes = 256 * 2 ** 20,
  skipUnreadable = false,
  onSkip,
  limits,
}: LoaderOptions): Loader {
  checkTransform(transform);
  checkCount('prefetch', prefetch, 1);
  if (!(cacheBytes >= 0)) throw new RangeError(`cacheBytes is a number of bytes; got ${cacheBytes}.`);
  const pool = typeof workers === 'object' ? workers : createDecodePool({ workers });
  const cache = createImageCache(images.length, transform.crop * transform.crop * 3, cacheBytes);
  const skips = createSkipLog(onSkip);
  const counts = { decoded: 0, fromCache: 0 };
  const { resize, crop } = transform;
  const allLimits = { ...DEFAULT_LIMITS, ...limits };
  const context: AssembleContext = {
    pool,
    cache,
    counts,
    skipUnreadable,
    planeBytes: [crop * crop * 3],
    jobOf: (indices) => {
      const files = indices.map((index) => images[index]!.file);
      return { kind: 'images', files, transform: { resize, crop }, limits: allLimits };
    },
    pathOf: (index) => images[index]!.path,
    unreadable: (index, reason) => unreadable(images[index]!, reason),
  };
  const plan = {
    prefetch,
    load: (wanted: Int32Array, first: number, signal: AbortSignal) =>
      assembleBatch(context, wanted, first, signal),
    onFailure: skips.note,
  };

  async function* iterate(
    order: Int32Array,
    options: BatchesOptions,
  ): AsyncGenerator<ImageBatch, void, undefined> {
    for await (const { batch, skipped, end } of loadAhead(plan, order, options)) {
      const { indices, planes, count } = batch;
      yield { indices, images: planes[0]!, count, skipped, end };
    }
  }

  return {
    side: transform.crop,
    batches: (order, options) => {
      checkOrder(order, images.length, options);
      return iterate(order, options);
    },
    stats: () => ({ ...counts, cachedBytes: cache.bytes(), skipped: skips.all() }),
    close: async () => {
      if (typeof workers !== 'object') await pool.close();
    },
  };
}

/** What to throw for an image that cannot be read. */
export function unreadable({ path, file }: ImageRef, reason: string): UserError {
  return new UserError({
    what: `an image cannot be read: ${path}`,
    got: `${file}: ${reason}`,
    expected: 'a whole PNG or JPEG file',
    fix: 'fetch or extract that file again, or leave such images out: skipUnreadable: true (--skip-unreadable)',
  });
}
