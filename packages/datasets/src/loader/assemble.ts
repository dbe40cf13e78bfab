import type { UserError } from '@syn2real/core';
import type { ImageCache } from './image-cache.js';
import type { PoolJob } from './job.js';
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
  readonly pool: DecodePool;
  /** Bytes of one image in each plane of a batch. */
  readonly planeBytes: readonly number[];
  /** The job that makes the planes of some images; `places`: where in the order they stand. */
  readonly jobOf: (indices: readonly number[], places: readonly number[]) => PoolJob;
  /** Keeps the first plane of images, where there is but one. */
  readonly cache?: ImageCache;
  readonly counts: { decoded: number; fromCache: number };
  readonly skipUnreadable: boolean;
  readonly pathOf: (index: number) => string;
  /** What to throw for an image that cannot be read. */
  readonly unreadable: (index: number, reason: string) => UserError;
}

/** The readable images of a batch in order, and the others. */
export interface AssembledBatch {
  readonly indices: Int32Array;
  readonly planes: readonly Uint8Array<ArrayBuffer>[];
  readonly count: number;
  readonly failures: readonly SkippedImage[];
}

/** Small enough to keep every thread busy within a batch, large enough that messages cost nothing. */
const MAX_IMAGES_PER_JOB = 8;

/**
 * One batch: cached images are copied, the others made in jobs spread over the pool.
 *
 * @param first place in the order of the first wanted image
 */
export async function assembleBatch(
  context: AssembleContext,
  wanted: Int32Array,
  first: number,
  signal: AbortSignal,
): Promise<AssembledBatch> {
  const { cache, counts, planeBytes } = context;
  const planes = planeBytes.map((bytes) => new Uint8Array(wanted.length * bytes));
  const missing: number[] = [];
  wanted.forEach((index, place) => {
    const kept = cache?.get(index);
    if (kept === undefined) missing.push(place);
    else planes[0]!.set(kept, place * planeBytes[0]!);
  });
  counts.fromCache += wanted.length - missing.length;

  const reasons = new Map<number, string>();
  const perJob = Math.min(MAX_IMAGES_PER_JOB, Math.ceil(missing.length / Math.max(1, context.pool.workers)));
  const jobs: Promise<void>[] = [];
  for (let at = 0; at < missing.length; at += perJob) {
    jobs.push(
      makePlaces(context, { wanted, first, planes, reasons }, missing.slice(at, at + perJob), signal),
    );
  }
  await Promise.all(jobs);
  return reasons.size === 0
    ? { indices: wanted.slice(), planes, count: wanted.length, failures: [] }
    : withoutFailures(context, wanted, planes, reasons);
}

/** A batch in the making. */
interface Making {
  readonly wanted: Int32Array;
  readonly first: number;
  readonly planes: readonly Uint8Array[];
  readonly reasons: Map<number, string>;
}

async function makePlaces(
  { pool, planeBytes, jobOf, cache, counts, skipUnreadable, unreadable }: AssembleContext,
  { wanted, first, planes, reasons }: Making,
  places: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const indices = places.map((place) => wanted[place]!);
  const orderPlaces = places.map((place) => first + place);
  const made = await pool.run(jobOf(indices, orderPlaces), signal);
  places.forEach((place, i) => {
    const reason = made.failures[i] ?? null;
    const index = indices[i]!;
    if (reason === null) {
      planeBytes.forEach((bytes, p) => {
        planes[p]!.set(made.planes[p]!.subarray(i * bytes, (i + 1) * bytes), place * bytes);
      });
      cache?.put(index, made.planes[0]!.subarray(i * planeBytes[0]!, (i + 1) * planeBytes[0]!));
      counts.decoded += 1;
    } else if (skipUnreadable) {
      reasons.set(place, reason);
    } else {
      throw unreadable(index, reason);
    }
  });
}

function withoutFailures(
  { planeBytes, pathOf }: AssembleContext,
  wanted: Int32Array,
  planes: readonly Uint8Array<ArrayBuffer>[],
  reasons: ReadonlyMap<number, string>,
): AssembledBatch {
  const failures: SkippedImage[] = [];
  const indices: number[] = [];
  wanted.forEach((index, place) => {
    const reason = reasons.get(place);
    if (reason !== undefined) {
      failures.push({ index, path: pathOf(index), reason });
      return;
    }
    planeBytes.forEach((bytes, p) => {
      planes[p]!.copyWithin(indices.length * bytes, place * bytes, (place + 1) * bytes);
    });
    indices.push(index);
  });
  const count = indices.length;
  return {
    indices: Int32Array.from(indices),
    planes: planes.map((plane, p) => plane.slice(0, count * planeBytes[p]!)),
    count,
    failures,
  };
}
