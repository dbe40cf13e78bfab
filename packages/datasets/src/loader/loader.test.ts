import { join } from 'node:path';
import { createRng, isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageBytes, temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { epochOrder, listOrder } from '../shuffle.js';
import type { ImagesJob, JobResult } from './job.js';
import { createLoader, type ImageBatch, type Loader } from './loader.js';
import { createDecodePool, type DecodePool } from './pool.js';
import { runImages } from './run-images.js';

const kind = 'images';
const transform = { resize: 8, crop: 8 };
const BYTES = 8 * 8 * 3;
const COUNT = 23;

/** A pool without threads or files: an image's bytes follow from its name; jobs end after the wait that is asked for. */
function madeUpPool(wait: () => Promise<void> = async () => {}): DecodePool & { jobs: ImagesJob[] } {
  const jobs: ImagesJob[] = [];
  return {
    workers: 2,
    jobs,
    run: async (job): Promise<JobResult> => {
      if (job.kind !== 'images') throw new Error(`A loader of images asked for ${job.kind}.`);
      jobs.push(job);
      await wait();
      const pixels = new Uint8Array(job.files.length * BYTES);
      job.files.forEach((file, i) => {
        pixels.fill(Number(file), i * BYTES, (i + 1) * BYTES);
      });
      return {
        planes: [pixels],
        failures: job.files.map((file) => (Number(file) % 5 === 4 ? 'made to fail' : null)),
      };
    },
    close: async () => {},
  };
}

const madeUpImages = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ path: `${i}.png`, file: `${i}` }));

async function all(loader: Loader, order: Int32Array, batchSize: number, start = 0): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for await (const batch of loader.batches(order, { batchSize, start })) batches.push(batch);
  return batches;
}

const indicesOf = (batches: readonly ImageBatch[]) => batches.flatMap(({ indices }) => [...indices]);

describe('the order of a loader', () => {
  it('gives every readable image once, in order, whatever the timing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(1000),
        async (count, batchSize, prefetch, seed) => {
          const rng = createRng(seed);
          const pool = madeUpPool(async () => {
            for (let ticks = rng.integer(6); ticks > 0; ticks--) await Promise.resolve();
          });
          const images = madeUpImages(count);
          const loader = createLoader({ images, transform, workers: pool, prefetch, skipUnreadable: true });
          const order = epochOrder(count, createRng(seed), 0);
          const batches = await all(loader, order, batchSize);
          const readable = [...order].filter((index) => index % 5 !== 4);
          expect(indicesOf(batches)).toEqual(readable);
          for (const { indices, images: pixels, count: size } of batches) {
            expect(size).toBe(indices.length);
            expect(pixels.length).toBe(size * BYTES);
            indices.forEach((index, i) => {
              expect(pixels[i * BYTES]).toBe(index);
              expect(pixels[(i + 1) * BYTES - 1]).toBe(index);
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps at most `prefetch` batches ahead of the caller', async () => {
    for (const prefetch of [1, 2, 4]) {
      const pool = madeUpPool();
      const loader = createLoader({
        images: madeUpImages(4),
        transform,
        workers: pool,
        prefetch,
        cacheBytes: 0,
        skipUnreadable: true,
      });
      const order = Int32Array.from({ length: 400 }, (_, i) => i % 4);
      let taken = 0;
      let most = 0;
      for await (const batch of loader.batches(order, { batchSize: 4 })) {
        taken += batch.count;
        await new Promise((resolve) => setTimeout(resolve, 1));
        const asked = pool.jobs.reduce((sum, { files }) => sum + files.length, 0);
        most = Math.max(most, (asked - taken) / 4);
      }
      expect(taken).toBe(400);
      expect(most).toBe(prefetch);
    }
  });

  it('goes on in the middle of an epoch as if it had not stopped', async () => {
    const loader = createLoader({
      images: madeUpImages(50),
      transform,
      workers: madeUpPool(),
      skipUnreadable: true,
    });
    const order = epochOrder(50, createRng(3), 1);
    const whole = await all(loader, order, 7);
    for (const [i, { end }] of whole.entries()) {
      expect(await all(loader, order, 7, end)).toEqual(whole.slice(i + 1));
    }
    expect(whole.at(-1)?.end).toBe(50);
  });

  it('drops a last batch that is not full only when asked', async () => {
    const loader = createLoader({ images: madeUpImages(4), transform, workers: madeUpPool() });
    const order = Int32Array.of(0, 1, 2, 3, 0);
    const sizes = async (dropLast: boolean, start = 0) => {
      const found: number[] = [];
      for await (const { count } of loader.batches(order, { batchSize: 2, dropLast, start }))
        found.push(count);
      return found;
    };
    expect(await sizes(false)).toEqual([2, 2, 1]);
    expect(await sizes(true)).toEqual([2, 2]);
    expect(await sizes(true, 3)).toEqual([2]);
    expect(await sizes(true, 5)).toEqual([]);
  });

  it('refuses what is out of range', () => {
    const options = { images: madeUpImages(3), transform, workers: 0 };
    expect(() => createLoader({ ...options, prefetch: 0 })).toThrow(/prefetch/);
    expect(() => createLoader({ ...options, cacheBytes: -1 })).toThrow(/cacheBytes/);
    expect(() => createLoader({ ...options, workers: -1 })).toThrow(/workers/);
    expect(() => createLoader({ ...options, transform: { resize: 0, crop: 1 } })).toThrow(/resize/);
    const loader = createLoader(options);
    expect(() => loader.batches(listOrder(3), { batchSize: 0 })).toThrow(/batchSize/);
    expect(() => loader.batches(listOrder(3), { batchSize: 1, start: 4 })).toThrow(/start/);
    expect(() => loader.batches(listOrder(4), { batchSize: 1 })).toThrow(/image 3 of 3 images/);
  });
});

describe('images that cannot be read', () => {
  it('stop the loading with their name', async () => {
    const loader = createLoader({ images: madeUpImages(9), transform, workers: madeUpPool() });
    const error: unknown = await all(loader, listOrder(9), 2).catch((reason: unknown) => reason);
    expect(isUserError(error)).toBe(true);
    expect(String(error)).toMatch(/an image cannot be read: 4\.png.*made to fail.*--skip-unreadable/s);
  });

  it('are left out, told and listed where that was asked for', async () => {
    const told: number[] = [];
    const loader = createLoader({
      images: madeUpImages(12),
      transform,
      workers: madeUpPool(),
      skipUnreadable: true,
      onSkip: ({ index }) => told.push(index),
    });
    const order = Int32Array.of(4, 9, 0, 1, 4, 2);
    const batches = await all(loader, order, 2);
    expect(
      batches.map(({ indices, skipped, end }) => [[...indices], skipped.map(({ index }) => index), end]),
    ).toEqual([
      [[0, 1], [4, 9], 4],
      [[2], [4], 6],
    ]);
    expect(told).toEqual([4, 9, 4]);
    expect(loader.stats().skipped).toEqual([
      { index: 4, path: '4.png', reason: 'made to fail' },
      { index: 9, path: '9.png', reason: 'made to fail' },
    ]);
  });
});

describe('the cache', () => {
  it('changes nothing but the decoding, and stays within its bytes', async () => {
    const images = madeUpImages(40);
    const order = listOrder(40);
    const cacheless = createLoader({
      images,
      transform,
      workers: madeUpPool(),
      cacheBytes: 0,
      skipUnreadable: true,
    });
    const expected = await all(cacheless, order, 6);
    for (const kept of [1, 13, 32, 100]) {
      const pool = madeUpPool();
      const loader = createLoader({
        images,
        transform,
        workers: pool,
        cacheBytes: kept * BYTES,
        skipUnreadable: true,
      });
      for (let epoch = 0; epoch < 3; epoch++) expect(await all(loader, order, 6)).toEqual(expected);
      const { cachedBytes, decoded, fromCache } = loader.stats();
      expect(cachedBytes).toBe(Math.min(kept, 32) * BYTES);
      expect(decoded + fromCache).toBe(3 * 32);
      expect(fromCache).toBe(2 * Math.min(kept, 32));
    }
  });

  it('is not changed by what a caller does to a batch', async () => {
    const loader = createLoader({ images: madeUpImages(3), transform, workers: madeUpPool() });
    for (const batch of await all(loader, listOrder(3), 3)) batch.images.fill(200);
    expect((await all(loader, listOrder(3), 3))[0]!.images[0]).toBe(0);
  });
});

describe('threads', () => {
  let root = '';
  let images: { path: string; file: string }[] = [];
  let expected: Uint8Array = new Uint8Array();

  const prepare = async (): Promise<void> => {
    root = await temporaryFolder();
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < COUNT; i++) {
      files[`${i}.${i % 2 ? 'jpg' : 'png'}`] = await imageBytes(i, i % 2 ? 'jpeg' : 'png', 10 + i, 30 - i);
    }
    await writeFiles(root, files);
    images = Object.keys(files).map((path) => ({ path, file: join(root, path) }));
    const limits = { maxPixels: 1e6, maxFileBytes: 1e6 };
    expected = (await runImages({ kind, files: images.map(({ file }) => file), transform, limits }))
      .planes[0]!;
  };

  it('give the same bytes, however many there are', async () => {
    await prepare();
    for (const workers of [0, 1, 2, 3]) {
      const loader = createLoader({ images, transform, workers, cacheBytes: 0 });
      for (let epoch = 0; epoch < 2; epoch++) {
        const batches = await all(loader, listOrder(COUNT), 6);
        expect(Buffer.concat(batches.map((batch) => batch.images)).equals(expected)).toBe(true);
        expect(batches.map(({ count }) => count)).toEqual([6, 6, 6, 5]);
      }
      await loader.close();
    }
  });

  it('report damaged and missing files and go on', async () => {
    await prepare();
    await writeFiles(root, {
      '3.jpg': (await imageBytes(3, 'jpeg', 200, 200)).subarray(0, 900),
      '4.png': 'text',
    });
    const gone = { path: 'gone.png', file: join(root, 'gone.png') };
    const folder = { path: 'folder.png', file: root };
    const loader = createLoader({
      images: [...images, gone, folder],
      transform,
      workers: 2,
      skipUnreadable: true,
    });
    const batches = await all(loader, listOrder(COUNT + 2), 4);
    expect(indicesOf(batches)).toEqual([...listOrder(COUNT)].filter((i) => i !== 3 && i !== 4));
    expect(loader.stats().skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      expect.stringMatching(/^3\.jpg: it does not decode/),
      expect.stringMatching(/^4\.png: it is neither PNG nor JPEG/),
      expect.stringMatching(/^gone\.png: ENOENT/),
      expect.stringMatching(/^folder\.png: /),
    ]);
    await loader.close();
  });

  it('are shared by loaders, and survive one of them', async () => {
    await prepare();
    const pool = createDecodePool({ workers: 2 });
    const [first, second] = [0, 1].map(() =>
      createLoader({ images, transform, workers: pool, cacheBytes: 0 }),
    );
    const both = await Promise.all([all(first!, listOrder(COUNT), 5), all(second!, listOrder(COUNT), 9)]);
    for (const batches of both) {
      expect(Buffer.concat(batches.map((batch) => batch.images)).equals(expected)).toBe(true);
    }
    await first!.close();
    expect(await all(second!, listOrder(COUNT), 4)).toHaveLength(6);
    await pool.close();
    await expect(all(second!, listOrder(COUNT), 4)).rejects.toThrow(/closed/);
  });

  it('stop where the signal says so, or the caller stops asking', async () => {
    await prepare();
    const loader = createLoader({ images, transform, workers: 1, cacheBytes: 0 });
    for await (const batch of loader.batches(listOrder(COUNT), { batchSize: 2 })) {
      if (batch.end >= 4) break;
    }
    const stop = new AbortController();
    const seen: number[] = [];
    const loading = (async () => {
      for await (const batch of loader.batches(listOrder(COUNT), { batchSize: 2, signal: stop.signal })) {
        seen.push(batch.count);
        stop.abort(new Error('enough'));
      }
    })();
    await expect(loading).rejects.toThrow('enough');
    expect(seen).toEqual([2]);
    expect(await all(loader, listOrder(COUNT), 10)).toHaveLength(3);
    await loader.close();
    await expect(all(loader, listOrder(COUNT), 10)).rejects.toThrow(/closed/);
  });

  it('that run out of memory fail their jobs alone', async () => {
    await prepare();
    const pool = createDecodePool({ workers: 1 });
    const limits = { maxPixels: 1e6, maxFileBytes: 1e6 };
    const files = images.map(({ file }) => file);
    const tooMuch = Array.from({ length: 1000 }, () => files[0]!);
    const failing = pool.run({ kind, files: tooMuch, transform: { resize: 16_384, crop: 16_384 }, limits });
    await expect(failing).rejects.toThrow('A decoding thread failed.');
    expect((await pool.run({ kind, files, transform, limits })).planes[0]).toEqual(expected);
    await pool.close();
  });

  it('that are closed in the middle of a batch reject it', async () => {
    await prepare();
    const pool = createDecodePool({ workers: 1 });
    const limits = { maxPixels: 1e6, maxFileBytes: 1e6 };
    const running = pool.run({ kind, files: images.map(({ file }) => file), transform, limits });
    const closed = pool.close();
    await expect(running).rejects.toThrow(/closed/);
    await closed;
    await pool.close();
  });
});
