import type { ImageRef, ImageSize } from '@syn2real/core';
import { whyNoLabel } from '../decode/decode-label.js';
import type { ImageHeader } from '../decode/header.js';
import { DEFAULT_LIMITS } from '../decode/limits.js';
import { sizeProblem } from '../dense/fit-pair.js';
import type { Pair } from '../dense/pairing.js';
import { contentHash, FILES_AT_ONCE, readHeader } from '../doctor/check-files.js';
import type { ProblemCounter } from '../doctor/report.js';
import { IGNORED, UNKNOWN } from '../labels/label-table.js';
import { unknownValuesText } from '../labels/to-classes.js';
import type { DecodePool } from '../loader/pool.js';
import type { DenseProblemKind } from './report.js';

type Problems = ProblemCounter<DenseProblemKind>;

/**
 * Looks at the first bytes of each pair's files: formats and sizes.
 *
 * @param onBadImage told of images that cannot be read
 * @returns the pairs whose label image is one, as far as can be seen
 */
export async function checkPairHeaders(
  pairs: readonly Pair[],
  nominal: ImageSize | undefined,
  problems: Problems,
  {
    onBadImage,
    done,
  }: { onBadImage: (image: ImageRef, reason: string) => void; done: (files: number) => void },
  signal?: AbortSignal,
): Promise<Pair[]> {
  const readable: Pair[] = [];
  for (let at = 0; at < pairs.length; at += FILES_AT_ONCE) {
    signal?.throwIfAborted();
    const group = pairs.slice(at, at + FILES_AT_ONCE);
    const headers = await Promise.all(
      group.map(async (pair) => ({
        pair,
        image: await readHeader(pair.image.file),
        label: await readHeader(pair.label.file),
      })),
    );
    for (const { pair, image, label } of headers) {
      if (typeof image === 'string') onBadImage(pair.image, image);
      if (checkHeadersOf(pair, image, label, nominal, problems)) readable.push(pair);
    }
    done(group.length);
  }
  return readable;
}

/** Whether the label's header is that of a label image. */
function checkHeadersOf(
  { image, label }: Pair,
  imageHeader: ImageHeader | string,
  labelHeader: ImageHeader | string,
  nominal: ImageSize | undefined,
  problems: Problems,
): boolean {
  if (typeof labelHeader === 'string') {
    problems.add('unreadable-label', `${label.path}: ${labelHeader}`);
    return false;
  }
  const unfit = whyNoLabel(labelHeader);
  if (unfit !== undefined) problems.add('not-a-label', `${label.path}: ${unfit}`);
  if (typeof imageHeader !== 'string') {
    const problem = sizeProblem(imageHeader, labelHeader, nominal);
    const sizes = `${image.path}: ${imageHeader.width}×${imageHeader.height}, its label image ${labelHeader.width}×${labelHeader.height}`;
    if (problem === 'differ') problems.add('size-differs', sizes);
    if (problem === 'near') problems.add('size-nominal', sizes);
  }
  return unfit === undefined;
}

/** Decodes label images in the pool's threads and counts the pixels of their classes; ignored ones stand at the end. */
export async function countClasses(
  labels: readonly ImageRef[],
  trainIds: Uint8Array,
  classes: number,
  pool: DecodePool,
  problems: Problems,
  signal?: AbortSignal,
): Promise<number[]> {
  const pixels = new Array<number>(classes + 1).fill(0);
  for (let at = 0; at < labels.length; at += FILES_AT_ONCE) {
    const group = labels.slice(at, at + FILES_AT_ONCE);
    const files = group.map(({ file }) => file);
    const { planes, failures } = await pool.run({ kind: 'values', files, limits: DEFAULT_LIMITS }, signal);
    const counts = new Uint32Array(planes[0]!.buffer);
    group.forEach(({ path }, i) => {
      const reason = failures[i] ?? null;
      if (reason !== null) {
        problems.add('unreadable-label', `${path}: ${reason}`);
        return;
      }
      const unknown = addCounts(counts.subarray(i * 256, (i + 1) * 256), trainIds, pixels);
      if (unknown.size > 0) problems.add('unknown-values', `${path}: ${unknownValuesText(unknown)}`);
    });
  }
  return pixels;
}

function addCounts(counts: Uint32Array, trainIds: Uint8Array, pixels: number[]): Map<number, number> {
  const unknown = new Map<number, number>();
  counts.forEach((count, value) => {
    const c = trainIds[value]!;
    if (count === 0) return;
    if (c === UNKNOWN) unknown.set(value, count);
    pixels[c === IGNORED || c === UNKNOWN ? pixels.length - 1 : c]! += count;
  });
  return unknown;
}

/** Decodes images in the pool's threads and hashes their files' bytes. */
export async function decodeImages(
  images: readonly ImageRef[],
  pool: DecodePool,
  problems: Problems,
  hashed: (image: ImageRef, hash: string) => void,
  done: (files: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const transform = { resize: 1, crop: 1 };
  for (let at = 0; at < images.length; at += FILES_AT_ONCE) {
    const group = images.slice(at, at + FILES_AT_ONCE);
    const files = group.map(({ file }) => file);
    const [{ failures }, hashes] = await Promise.all([
      pool.run({ kind: 'images', files, transform, limits: DEFAULT_LIMITS }, signal),
      Promise.all(files.map(contentHash)),
    ]);
    group.forEach((image, i) => {
      const reason = failures[i] ?? null;
      if (reason !== null) problems.add('unreadable-image', `${image.path}: ${reason}`);
      const hash = hashes[i] ?? null;
      if (hash !== null) hashed(image, hash);
    });
    done(group.length);
  }
}
