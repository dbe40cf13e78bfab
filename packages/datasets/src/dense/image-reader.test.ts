import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageBytes, temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { decodeImage } from '../decode/decode-image.js';
import { listOrder } from '../shuffle.js';
import { createImageReader, type WholeImage } from './image-reader.js';
import { addWindow, divideByVisits, slidingWindows, visitCounts } from './sliding-windows.js';

async function folder() {
  const root = await temporaryFolder();
  const grey = await sharp(new Uint8Array(35).fill(9), { raw: { width: 7, height: 5, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  await writeFiles(root, {
    '0.png': await imageBytes(0, 'png', 20, 10),
    '1.jpg': await imageBytes(1, 'jpeg', 9, 13),
    '2.png': 'not an image',
    '3.png': grey,
  });
  return ['0.png', '1.jpg', '2.png', '3.png'].map((path) => ({ path, file: join(root, path) }));
}

const all = async (images: AsyncIterable<WholeImage>) => {
  const read: WholeImage[] = [];
  for await (const image of images) read.push(image);
  return read;
};

describe('whole images', () => {
  it('come in order at their own sizes, in threads or not', async () => {
    const images = await folder();
    for (const workers of [0, 1]) {
      const reader = createImageReader({ images, workers, skipUnreadable: true });
      const read = await all(reader.read(Int32Array.of(3, 0, 2, 1)));
      expect(read.map(({ index, size, end }) => [index, size, end])).toEqual([
        [3, [5, 7], 1],
        [0, [10, 20], 2],
        [1, [13, 9], 4],
      ]);
      expect(read[0]!.pixels).toEqual(new Uint8Array(7 * 5 * 3).fill(9));
      const { data } = await decodeImage(await imageBytes(0, 'png', 20, 10));
      expect(read[1]!.pixels).toEqual(new Uint8Array(data));
      expect(read[2]!.skipped.map(({ path }) => path)).toEqual(['2.png']);
      expect(reader.stats()).toMatchObject({ decoded: 3, skipped: read[2]!.skipped });
      expect(await all(reader.read(listOrder(4), { start: 3 }))).toHaveLength(1);
      await reader.close();
    }
  });

  it('that cannot be read are named', async () => {
    const reader = createImageReader({ images: await folder(), workers: 0 });
    await expect(all(reader.read(listOrder(4)))).rejects.toThrow(/cannot be read: 2.png/);
    expect(() => reader.read(Int32Array.of(4))).toThrow(/image 4 of 4/);
  });
});

describe('sliding windows', () => {
  it('cover an image as the released routine places them', () => {
    expect(slidingWindows([1024, 2048], { crop: 1024 })).toEqual(
      [0, 854, 1024].map((left) => ({ top: 0, left, height: 1024, width: 1024 })),
    );
    expect(slidingWindows([3, 5], { crop: 8 })).toEqual([{ top: 0, left: 0, height: 3, width: 5 }]);
    expect(slidingWindows([10, 4], { crop: 4, stride: 3 }).map(({ top }) => top)).toEqual([0, 3, 6]);
    expect(() => slidingWindows([3, 5], { crop: 8, stride: 9 })).toThrow(/stride/);
    expect(() => slidingWindows([3, 5], { crop: 0 })).toThrow(/crop/);
  });

  it('visit every pixel, and their mean gives back what each window saw', () => {
    const rng = createRng(3);
    for (let i = 0; i < 60; i++) {
      const size = [1 + rng.integer(30), 1 + rng.integer(30)] as const;
      const crop = 1 + rng.integer(12);
      const windows = slidingWindows(size, { crop, stride: 1 + rng.integer(crop) });
      expect(Math.min(...visitCounts(size, windows))).toBeGreaterThan(0);
      const truth = Float32Array.from({ length: size[0] * size[1] * 2 }, () => rng.integer(100));
      const sums = new Float32Array(truth.length);
      for (const window of windows) {
        const scores = new Float32Array(window.height * window.width * 2);
        for (let y = 0; y < window.height; y++) {
          const from = ((window.top + y) * size[1] + window.left) * 2;
          scores.set(truth.subarray(from, from + window.width * 2), y * window.width * 2);
        }
        addWindow(sums, size, window, scores);
      }
      divideByVisits(sums, size, windows);
      expect(sums).toEqual(truth);
    }
  });

  it('refuse scores that do not fit', () => {
    const window = { top: 1, left: 0, height: 2, width: 2 };
    expect(() => addWindow(new Float32Array(4), [2, 2], window, new Float32Array(4))).toThrow(/do not fit/);
  });
});
