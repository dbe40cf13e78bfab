import type { ImageRef, ImageSize } from '@syn2real/core';
import { DEFAULT_LIMITS, type DecodeLimits } from '../decode/limits.js';
import type { SkippedImage } from '../loader/assemble.js';
import { checkCount, checkOrder, type Loading, loadAhead } from '../loader/load-ahead.js';
import { type LoaderStats, unreadable } from '../loader/loader.js';
import { createDecodePool, type DecodePool } from '../loader/pool.js';
import { createSkipLog } from '../loader/skip-log.js';

/** How a reader is made. */
export interface ImageReaderOptions {
  /** A domain's images. */
  images: readonly ImageRef[];
  /** Threads to decode in: shared ones, or how many of its own. Default: as many as cores. */
  workers?: number | DecodePool;
  /** Images under way or ready at most, beside the one the caller has. Default 2. */
  prefetch?: number;
  /** Leave out images that cannot be read, instead of stopping. Default false. */
  skipUnreadable?: boolean;
  /** Called for each image left out. */
  onSkip?: (skipped: SkippedImage) => void;
  /** Limits against files that would take the memory. */
  limits?: Partial<DecodeLimits>;
}

/** An image at its own size. */
export interface WholeImage {
  /** Place in the reader's list of images. */
  readonly index: number;
  /** RGB bytes, `[height, width, 3]`, the caller's own. {@link normalise} makes the network's floats of them. */
  readonly pixels: Uint8Array;
  readonly size: ImageSize;
  /** Images left out since the one before. */
  readonly skipped: readonly SkippedImage[];
  /** Place in the order of the next image. */
  readonly end: number;
}

/** Reads images at their own sizes, one after another. */
export interface ImageReader {
  /** The images that `order` names, in it, from `start` (default 0) on. */
  read(order: Int32Array, options?: { start?: number; signal?: AbortSignal }): AsyncIterable<WholeImage>;
  stats(): LoaderStats;
  /** Ends its own threads (not shared ones). */
  close(): Promise<void>;
}

/** One image's worth of loading. */
interface OneImage extends Loading {
  readonly pixels: Uint8Array;
  readonly size: ImageSize;
}

/**
 * A reader of whole images for evaluation and prediction, decoding in worker threads ahead of the caller.
 *
 * At most `prefetch + 1` images are held.
 *
 * @throws RangeError where an option is out of its range. While iterating: UserError that names the image where one
 * cannot be read and `skipUnreadable` is off
 * @example
 * ```ts
 * const reader = createImageReader({ images: target.images });
 * for await (const { index, pixels, size } of reader.read(listOrder(target.images.length))) {
 *   const x = tf.tensor4d(normalise(pixels), [1, ...size, 3]);
 *   // … predict image `index`; dispose x
 * }
 * await reader.close();
 * ```
 */
export function createImageReader({
  images,
  workers,
  prefetch = 2,
  skipUnreadable = false,
  onSkip,
  limits,
}: ImageReaderOptions): ImageReader {
  checkCount('prefetch', prefetch, 1);
  const pool = typeof workers === 'object' ? workers : createDecodePool({ workers });
  const skips = createSkipLog(onSkip);
  let decoded = 0;

  const load = async (wanted: Int32Array, _first: number, signal: AbortSignal): Promise<OneImage> => {
    const index = wanted[0]!;
    const image = images[index]!;
    const files = [image.file];
    const result = await pool.run(
      { kind: 'wholes', files, limits: { ...DEFAULT_LIMITS, ...limits } },
      signal,
    );
    const reason = result.failures[0] ?? null;
    if (reason === null) {
      decoded += 1;
      return { count: 1, failures: [], pixels: result.planes[0]!, size: result.sizes?.[0] ?? [0, 0] };
    }
    if (!skipUnreadable) throw unreadable(image, reason);
    const failures = [{ index, path: image.path, reason }];
    return { count: 0, failures, pixels: new Uint8Array(0), size: [0, 0] };
  };
  const plan = {
    prefetch,
    load,
    onFailure: skips.note,
  };

  async function* iterate(
    order: Int32Array,
    options: { start?: number; signal?: AbortSignal },
  ): AsyncGenerator<WholeImage, void, undefined> {
    for await (const { batch, skipped, end } of loadAhead(plan, order, { batchSize: 1, ...options })) {
      yield { index: order[end - 1]!, pixels: batch.pixels, size: batch.size, skipped, end };
    }
  }

  return {
    read: (order, options = {}) => {
      checkOrder(order, images.length, { batchSize: 1, ...options });
      return iterate(order, options);
    },
    stats: () => ({ decoded, fromCache: 0, cachedBytes: 0, skipped: skips.all() }),
    close: async () => {
      if (typeof workers !== 'object') await pool.close();
    },
  };
}
