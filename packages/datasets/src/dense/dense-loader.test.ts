import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng, type DenseSourceDomain, type Rng } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { writeFiles } from '../__fixtures__/data-folder.js';
import {
  gta5Folder,
  HEIGHT,
  labelBytes,
  labelValues,
  photo,
  THREE_CLASSES,
  WIDTH,
  wrongLabel,
} from '../__fixtures__/dense-folders.js';
import { decodeImage } from '../decode/decode-image.js';
import { encodeLabel } from '../decode/encode-label.js';
import { openGta5Source } from '../gta5/source.js';
import { trainIdsOf } from '../labels/label-table.js';
import type { SkippedImage } from '../loader/assemble.js';
import { createDecodePool, type DecodePool } from '../loader/pool.js';
import { drawnOrder, epochOrder, listOrder } from '../shuffle.js';
import { normalise } from '../transform/normalise.js';
import { createDenseLoader, type DenseBatch, type DenseLoader } from './dense-loader.js';
import type { DenseTransform } from './dense-transform.js';

const transform: DenseTransform = { crop: 16, mirror: 0.5, scale: [0.75, 1.25], cropOrigins: 'full' };
const asIs: DenseTransform = { crop: WIDTH, mirror: 0, scale: [1, 1], cropOrigins: 'full' };
const rng = createRng(4).split('augment');

async function sourceOf(count: number): Promise<{ root: string; source: DenseSourceDomain }> {
  const root = await gta5Folder(count);
  await rm(join(root, 'train.txt'));
  await rm(join(root, 'val.txt'));
  return { root, source: await openGta5Source(root) };
}

async function all(
  loader: DenseLoader,
  order: Int32Array,
  batchSize: number,
  start = 0,
): Promise<DenseBatch[]> {
  const batches: DenseBatch[] = [];
  for await (const batch of loader.batches(order, { batchSize, start, rng })) batches.push(batch);
  return batches;
}

/** Everything that was loaded, whatever the cut into batches. */
const joined = (batches: readonly DenseBatch[]) => ({
  indices: batches.flatMap(({ indices }) => [...indices]),
  images: batches.flatMap(({ images }) => [...images]),
  labels: batches.flatMap(({ labels }) => [...labels]),
});

describe('training examples', () => {
  it('are drawn as the caller wants, by image and the stream of its place', async () => {
    const { source } = await sourceOf(2);
    const seen: [number, number][] = [];
    const draw = (index: number, stream: Rng) => {
      seen.push([index, stream.uniform()]);
      return { mirror: index === 1, scale: 1, top: 0, left: 0 };
    };
    const drawn = createDenseLoader({ source, transform: asIs, draw, workers: 0 });
    const plain = createDenseLoader({ source, transform: asIs, workers: 0 });
    const [[a], [b]] = [await all(drawn, Int32Array.of(1, 0), 2), await all(plain, Int32Array.of(1, 0), 2)];
    expect(seen).toEqual([1, 0].map((index, place) => [index, rng.split(place).uniform()]));
    const half = WIDTH * WIDTH;
    expect(a!.labels.slice(half)).toEqual(b!.labels.slice(half));
    expect(a!.labels.slice(0, half)).not.toEqual(b!.labels.slice(0, half));
  });

  it('are the normalised image and its classes where nothing is changed but the padding', async () => {
    const { root, source } = await sourceOf(2);
    const loader = createDenseLoader({ source, transform: asIs, workers: 0 });
    const [batch] = await all(loader, Int32Array.of(1), 1);
    expect(batch).toMatchObject({ count: 1, end: 1, skipped: [] });
    const { data } = await decodeImage(await photo(1));
    const pad = (WIDTH - HEIGHT) / 2;
    expect(batch!.images.slice(pad * WIDTH * 3, (pad + HEIGHT) * WIDTH * 3)).toEqual(normalise(data));
    expect(batch!.images.slice(0, pad * WIDTH * 3).every((value) => value === 0)).toBe(true);
    const classes = labelValues(1).map((id) => trainIdsOf(THREE_CLASSES)[id]!);
    expect(batch!.labels.slice(pad * WIDTH, (pad + HEIGHT) * WIDTH)).toEqual(classes);
    expect(batch!.labels.slice((pad + HEIGHT) * WIDTH).every((c) => c === 255)).toBe(true);
    expect(root).not.toBe('');
  });

  it('are the same bits whatever the threads, the batches, and where loading begins', async () => {
    const { source } = await sourceOf(7);
    const order = drawnOrder(7, 20, createRng(1), 0);
    const here = createDenseLoader({ source, transform, workers: 0 });
    const expected = joined(await all(here, order, 4));
    expect(expected.indices).toEqual([...order]);
    const threads = createDenseLoader({ source, transform, workers: 2, prefetch: 2 });
    expect(joined(await all(threads, order, 4))).toEqual(expected);
    expect(joined(await all(threads, order, 3))).toEqual(expected);
    await threads.close();
    const rest = joined(await all(here, order, 4, 13));
    expect(rest.labels).toEqual(expected.labels.slice(13 * 256));
    expect(rest.images).toEqual(expected.images.slice(13 * 256 * 3));
    const again = createRng(5);
    const other: DenseBatch[] = [];
    for await (const batch of here.batches(order, { batchSize: 20, rng: again })) other.push(batch);
    expect(joined(other).labels).not.toEqual(expected.labels);
  });

  it('are bounded: at most `prefetch` batches are under way', async () => {
    const { source } = await sourceOf(3);
    const inner = createDecodePool({ workers: 0 });
    let pairs = 0;
    const pool: DecodePool = {
      ...inner,
      run: (job, signal) => {
        if (job.kind === 'pairs') pairs += job.pairs.length;
        return inner.run(job, signal);
      },
    };
    const loader = createDenseLoader({ source, transform, workers: pool, prefetch: 2 });
    for await (const batch of loader.batches(drawnOrder(3, 30, rng, 0), { batchSize: 3, rng })) {
      expect(pairs).toBeLessThanOrEqual(batch.end + 2 * 3);
      if (batch.end === 12) break;
    }
    expect(pairs).toBeLessThanOrEqual(12 + 2 * 3);
    expect(loader.stats()).toMatchObject({ fromCache: 0, cachedBytes: 0, skipped: [] });
  });

  it('end with a whole batch where asked to, and stop by a signal', async () => {
    const { source } = await sourceOf(5);
    const loader = createDenseLoader({ source, transform, workers: 0 });
    const ends: number[] = [];
    for await (const { end } of loader.batches(listOrder(5), { batchSize: 2, rng, dropLast: true }))
      ends.push(end);
    expect(ends).toEqual([2, 4]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      loader.batches(listOrder(5), { batchSize: 2, rng, signal })[Symbol.asyncIterator]().next(),
    ).rejects.toThrow('enough');
    expect(() => loader.batches(Int32Array.of(5), { batchSize: 2, rng })).toThrow(/image 5 of 5/);
    expect(() => loader.batches(listOrder(5), { batchSize: 0, rng })).toThrow(/batchSize/);
  });
});

describe('bad pairs', () => {
  /** Seven pairs of which only the first and last are whole. */
  async function damaged() {
    const { root, source } = await sourceOf(7);
    const outside = labelValues(4);
    outside.fill(77, 0, 3);
    await writeFiles(root, {
      'images/00002.png': (await photo(1)).subarray(0, 200),
      'labels/00003.png': Buffer.from(labelBytes(2)).subarray(0, 80),
      'labels/00004.png': await wrongLabel('rgb'),
      'labels/00005.png': encodeLabel({ values: outside, width: WIDTH, height: HEIGHT }),
      'labels/00006.png': labelBytes(5, 'grey', WIDTH - 1),
    });
    return source;
  }
  const REASONS = [
    /^it does not decode/,
    /its label image .*00003.png: it does not decode: it is cut off before its end/,
    /its label image .*00004.png: it holds RGB colours/,
    /its label image .*00005.png: it holds values outside the label table: 77 \(3 pixels\)/,
    /it is 24×18 pixels, its label image .*00006.png is 23×18/,
  ];

  it('stop the loading, each named', async () => {
    const loader = createDenseLoader({ source: await damaged(), transform, workers: 0 });
    for (const [i, reason] of REASONS.entries()) {
      const loading = all(loader, Int32Array.of(i + 1), 1);
      await expect(loading).rejects.toThrow(`cannot be used: images/0000${i + 2}.png`);
      await expect(loading).rejects.toThrow(/--skip-unreadable/);
      const message = await loading.catch((error: Error) => error.message);
      expect(String(message).split('.png: ').slice(1).join('.png: ')).toMatch(reason);
    }
  });

  it('are left out where told to, counted and named, and change no other example', async () => {
    const source = await damaged();
    const heard: SkippedImage[] = [];
    const loader = createDenseLoader({
      source,
      transform,
      workers: 0,
      skipUnreadable: true,
      onSkip: (skipped) => heard.push(skipped),
    });
    const batches = await all(loader, listOrder(7), 3);
    expect(batches.map(({ indices, end }) => [[...indices], end])).toEqual([
      [[0], 3],
      [[6], 7],
    ]);
    expect(batches[0]!.images).toHaveLength(16 * 16 * 3);
    expect(batches.flatMap(({ skipped }) => skipped)).toEqual(heard);
    expect(heard.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    for (const [i, reason] of REASONS.entries()) expect(heard[i]!.reason).toMatch(reason);
    expect(loader.stats()).toMatchObject({ decoded: 2, skipped: heard });
    const alone = await all(createDenseLoader({ source, transform, workers: 0 }), listOrder(7), 1, 6);
    expect(batches[1]!.images).toEqual(alone[0]!.images);
  });

  it('of nearly the nominal size are brought to it', async () => {
    const { root, source } = await sourceOf(2);
    await writeFiles(root, { 'labels/00001.png': labelBytes(0, 'grey', WIDTH + 1) });
    const near = createDenseLoader({
      source: { ...source, nominalSize: [HEIGHT, WIDTH] },
      transform: asIs,
      workers: 0,
    });
    const [batch] = await all(near, Int32Array.of(0), 1);
    const { data } = await decodeImage(await photo(0));
    const pad = (WIDTH - HEIGHT) / 2;
    expect(batch!.images.slice(pad * WIDTH * 3, (pad + HEIGHT) * WIDTH * 3)).toEqual(normalise(data));
    expect(batch!.labels.filter((c) => c !== 255).length).toBeGreaterThan(0);
    await writeFiles(root, { 'labels/00001.png': labelBytes(0, 'grey', 2 * WIDTH) });
    await expect(all(near, Int32Array.of(0), 1)).rejects.toThrow(/24×18 pixels, its label image .* is 48×18/);
  });
});

describe('orders', () => {
  it('drawn with replacement depend on stream and epoch alone', () => {
    const order = drawnOrder(10, 200, rng, 1);
    expect(order).toEqual(drawnOrder(10, 200, rng, 1));
    expect(order).not.toEqual(drawnOrder(10, 200, rng, 2));
    expect(new Set(order).size).toBe(10);
    expect(() => drawnOrder(10, 5, rng, -1)).toThrow(/epoch/);
    expect(epochOrder(4, rng, 0)).toHaveLength(4);
  });
});
