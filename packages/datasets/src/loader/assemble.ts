import { type ImageRef, UserError } from '@syn2real/core';
import type { DecodeLimits } from '../decode/limits.js';
import type { ImageTransform } from '../transform/image-transform.js';
import type { ImageCache } from './image-cache.js';
import type { DecodePool } from './pool.js';

/** An image that could not be read, and why. */
export interface SkippedImage {
  /** Place in the loader's list of images. */
  readonly index: number;
  readonly path: string;
  readonly reason: string;
}

/** What a batch is put together from. */
export interface AssembleContext {
  readonly images: readonly ImageRef[];
  readonly pool: DecodePool;
  readonly cache: ImageCache;
  readonly counts: { decoded: number; fromCache: number };
  readonly skipUnreadable: boolean;
  readonly transform: ImageTransform;
  readonly limits: DecodeLimits;
}

/** The readable images of a batch in order, and the others. */
export interface AssembledBatch {
  readonly indices: Int32Array;
  readonly pixels: Uint8Array;
  readonly failures: readonly SkippedImage[];
}

/** Small enough to keep every thread busy within a batch, large enough that messages cost nothing. */
const MAX_IMAGES_PER_JOB = 8;

/** One batch: cached images are copied, the others decoded in jobs spread over the pool. */
export async function assembleBatch(
  context: AssembleContext,
  wanted: Int32Array,
  signal: AbortSignal,
): Promise<AssembledBatch> {
  const { cache, counts, transform } = context;
  const bytesPerImage = transform.crop * transform.crop * 3;
  const pixels = new Uint8Array(wanted.length * bytesPerImage);
  const missing: number[] = [];
  wanted.forEach((index, place) => {
    const kept = cache.get(index);
    if (kept === undefined) missing.push(place);
    else pixels.set(kept, place * bytesPerImage);
  });
  counts.fromCache += wanted.length - missing.length;

  const reasons = new Map<number, string>();
  const perJob = Math.min(MAX_IMAGES_PER_JOB, Math.ceil(missing.length / Math.max(1, context.pool.workers)));
  const jobs: Promise<void>[] = [];
  for (let at = 0; at < missing.length; at += perJob) {
    jobs.push(decodePlaces(context, wanted, missing.slice(at, at + perJob), pixels, reasons, signal));
  }
  await Promise.all(jobs);
  return reasons.size === 0
    ? { indices: wanted.slice(), pixels, failures: [] }
    : withoutFailures(context, wanted, pixels, reasons);
}

async function decodePlaces(
  { images, pool, cache, counts, transform, limits, skipUnreadable }: AssembleContext,
  wanted: Int32Array,
  places: readonly number[],
  pixels: Uint8Array,
  reasons: Map<number, string>,
  signal: AbortSignal,
): Promise<void> {
  const bytesPerImage = transform.crop * transform.crop * 3;
  const files = places.map((place) => images[wanted[place]!]!.file);
  const decoded = await pool.run({ files, transform, limits }, signal);
  places.forEach((place, i) => {
    const reason = decoded.failures[i] ?? null;
    const index = wanted[place]!;
    if (reason === null) {
      const image = decoded.pixels.subarray(i * bytesPerImage, (i + 1) * bytesPerImage);
      pixels.set(image, place * bytesPerImage);
      cache.put(index, image);
      counts.decoded += 1;
    } else if (skipUnreadable) {
      reasons.set(place, reason);
    } else {
      throw unreadable(images[index]!, reason);
    }
  });
}

function withoutFailures(
  { images, transform }: AssembleContext,
  wanted: Int32Array,
  pixels: Uint8Array,
  reasons: ReadonlyMap<number, string>,
): AssembledBatch {
  const bytesPerImage = transform.crop * transform.crop * 3;
  const failures: SkippedImage[] = [];
  const indices: number[] = [];
  wanted.forEach((index, place) => {
    const reason = reasons.get(place);
    if (reason !== undefined) {
      failures.push({ index, path: images[index]!.path, reason });
      return;
    }
    pixels.copyWithin(indices.length * bytesPerImage, place * bytesPerImage, (place + 1) * bytesPerImage);
    indices.push(index);
  });
  return {
    indices: Int32Array.from(indices),
    pixels: pixels.slice(0, indices.length * bytesPerImage),
    failures,
  };
}

function unreadable({ path, file }: ImageRef, reason: string): UserError {
  return new UserError({
    what: `an image cannot be read: ${path}`,
    got: `${file}: ${reason}`,
    expected: 'a whole PNG or JPEG file',
    fix: 'fetch or extract that file again, or leave such images out: skipUnreadable: true (--skip-unreadable)',
  });
}
