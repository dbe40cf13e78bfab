import { type DenseSourceDomain, type Rng, UserError } from '@syn2real/core';
import { DEFAULT_LIMITS, type DecodeLimits } from '../decode/limits.js';
import { type AssembleContext, assembleBatch, type SkippedImage } from '../loader/assemble.js';
import { type BatchesOptions, checkCount, checkOrder, loadAhead } from '../loader/load-ahead.js';
import type { LoaderStats } from '../loader/loader.js';
import { createDecodePool, type DecodePool } from '../loader/pool.js';
import { createSkipLog } from '../loader/skip-log.js';
import { IMAGENET_MEAN, IMAGENET_STD, normaliseTable } from '../transform/normalise.js';
import {
  ASG_DENSE_TRANSFORM,
  checkDenseTransform,
  type DenseDraw,
  type DenseTransform,
  drawDense,
} from './dense-transform.js';

/** How a loader of training examples is made. */
export interface DenseLoaderOptions {
  source: DenseSourceDomain;
  /** Default {@link ASG_DENSE_TRANSFORM}. */
  transform?: DenseTransform;
  /**
   * What chance decides for an image of the source's list, from the stream of its place in the order, such as crops around
   * rare classes. Default: {@link drawDense}.
   */
  draw?: (index: number, rng: Rng) => DenseDraw;
  /** From {@link normaliseTable}. Default: ImageNet's mean and standard deviation. */
  table?: Float32Array;
  /** Threads to work in: shared ones, or how many of its own. Default: as many as cores. */
  workers?: number | DecodePool;
  /** Batches under way or ready at most, beside the one the caller has. Default 3. */
  prefetch?: number;
  /** Leave out images that cannot be read, or whose label cannot, instead of stopping. Default false. */
  skipUnreadable?: boolean;
  /** Called for each image left out. */
  onSkip?: (skipped: SkippedImage) => void;
  /** Limits against files that would take the memory. */
  limits?: Partial<DecodeLimits>;
}

/** Which part of an order to load, and with what chance. */
export interface DenseBatchesOptions extends BatchesOptions {
  /** The epoch's stream. The image at place `p` of the order draws from `rng.split(p)` alone. */
  rng: Rng;
}

/** Training examples in the order asked for. */
export interface DenseBatch {
  /** Places in the source's list of images. */
  readonly indices: Int32Array;
  /** Normalised RGB, `[count, crop, crop, 3]`, the caller's own; 0 in the padding. */
  readonly images: Float32Array;
  /** Class indices, `[count, crop, crop]`; 255: counts for nothing. */
  readonly labels: Uint8Array;
  /** Examples in this batch; fewer than asked for at the end of the order or where some were skipped. */
  readonly count: number;
  /** Images left out since the batch before. */
  readonly skipped: readonly SkippedImage[];
  /** Place in the order where the next batch begins: what a checkpoint keeps. */
  readonly end: number;
}

/** Makes training examples of images and labels, in any order, as often as wanted. */
export interface DenseLoader {
  /** Side of the square examples, in pixels. */
  readonly side: number;
  /** Batches of the images `order` names; the same bits whatever the number of threads and wherever it starts. */
  batches(order: Int32Array, options: DenseBatchesOptions): AsyncIterable<DenseBatch>;
  stats(): LoaderStats;
  /** Ends its own threads (not shared ones). */
  close(): Promise<void>;
}

/**
 * A loader of training examples: decoding, mirroring, scaling, cropping and normalising in worker threads, a bounded
 * number of batches ahead of the caller.
 *
 * What chance decides for an image depends on the stream and on the image's place in the order alone, so that a run
 * that stopped anywhere goes on with the same bits. Memory stays within `(prefetch + 1)` batches and a few decoded
 * images a thread.
 *
 * @throws RangeError where an option is out of its range. While iterating: UserError that names the image where it or
 * its label cannot be read, their sizes differ or the label holds values outside the table, and `skipUnreadable` is off
 * @example
 * ```ts
 * const source = await openGta5Source('/data/gta5');
 * const loader = createDenseLoader({ source });
 * const root = createRng(0);
 * for (let epoch = 0; epoch < 50; epoch++) {
 *   const order = drawnOrder(source.images.length, 12_000, root.split('order'), epoch);
 *   const rng = root.split('augment').split(epoch);
 *   for await (const batch of loader.batches(order, { batchSize: 6, rng, dropLast: true })) {
 *     const x = tf.tensor4d(batch.images, [batch.count, loader.side, loader.side, 3]);
 *     // … a step on x and batch.labels; dispose x
 *   }
 * }
 * await loader.close();
 * ```
 */
export function createDenseLoader({
  source,
  transform = ASG_DENSE_TRANSFORM,
  draw = (_, rng) => drawDense(transform, rng),
  table = normaliseTable(IMAGENET_MEAN, IMAGENET_STD),
  workers,
  prefetch = 3,
  skipUnreadable = false,
  onSkip,
  limits,
}: DenseLoaderOptions): DenseLoader {
  checkDenseTransform(transform);
  checkCount('prefetch', prefetch, 1);
  const { images, labels, trainIds, nominalSize } = source;
  const { crop, cropOrigins } = transform;
  const pool = typeof workers === 'object' ? workers : createDecodePool({ workers });
  const skips = createSkipLog(onSkip);
  const counts = { decoded: 0, fromCache: 0 };
  const allLimits = { ...DEFAULT_LIMITS, ...limits };

  const contextOf = (rng: Rng): AssembleContext => ({
    pool,
    counts,
    skipUnreadable,
    planeBytes: [crop * crop * 3 * 4, crop * crop],
    jobOf: (indices, places) => ({
      kind: 'pairs',
      pairs: indices.map((index, i) => ({
        image: images[index]!.file,
        label: labels[index]!.file,
        draw: draw(index, rng.split(places[i]!)),
      })),
      transform: { crop, cropOrigins },
      trainIds,
      table,
      nominalSize,
      limits: allLimits,
    }),
    pathOf: (index) => images[index]!.path,
    unreadable: (index, reason) => unusable(images[index]!.path, images[index]!.file, reason),
  });

  async function* iterate(
    order: Int32Array,
    { rng, ...options }: DenseBatchesOptions,
  ): AsyncGenerator<DenseBatch, void, undefined> {
    const context = contextOf(rng);
    const plan = {
      prefetch,
      load: (wanted: Int32Array, first: number, signal: AbortSignal) =>
        assembleBatch(context, wanted, first, signal),
      onFailure: skips.note,
    };
    for await (const { batch, skipped, end } of loadAhead(plan, order, options)) {
      const { indices, planes, count } = batch;
      const [floats, labels] = planes;
      yield { indices, images: new Float32Array(floats!.buffer), labels: labels!, count, skipped, end };
    }
  }

  return {
    side: crop,
    batches: (order, options) => {
      checkOrder(order, images.length, options);
      return iterate(order, options);
    },
    stats: () => ({ ...counts, cachedBytes: 0, skipped: skips.all() }),
    close: async () => {
      if (typeof workers !== 'object') await pool.close();
    },
  };
}

function unusable(path: string, file: string, reason: string): UserError {
  return new UserError({
    what: `an image and its label cannot be used: ${path}`,
    got: `${file}: ${reason}`,
    expected:
      'a whole PNG or JPEG, and a PNG of 8-bit palette indices or grey values of the same size, each in the label table',
    fix: 'fetch or extract these files again, correct labels.json, or leave such images out: skipUnreadable: true (--skip-unreadable)',
  });
}
