import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_SIZE } from './glyphs.js';
import { type LabelledImage, writeSplit } from './images.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'images-'));
});
afterEach(() => rm(root, { recursive: true }));

const imagesUpTo = (count: number, faulty: number): LabelledImage[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `${index % 2}/${index}.png`,
    label: index % 2,
    pixels: () => {
      if (index === faulty) throw new Error('no such drawing');
      return new Uint8Array(IMAGE_SIZE * IMAGE_SIZE).fill(index);
    },
  }));

describe('writeSplit', () => {
  it('writes every image and its list', async () => {
    const written: string[] = [];
    await writeSplit(root, 'train', imagesUpTo(5, -1), (path) => written.push(path));
    expect(written.sort()).toEqual([
      'train/0/0.png',
      'train/0/2.png',
      'train/0/4.png',
      'train/1/1.png',
      'train/1/3.png',
      'train/image_list.txt',
    ]);
  });

  it('passes an error on when no file is being written any more', async () => {
    const written: string[] = [];
    await expect(
      writeSplit(root, 'train', imagesUpTo(400, 15), (path) => written.push(path)),
    ).rejects.toThrow('no such drawing');
    const then = [...written];
    await setTimeout(200);
    expect(written).toEqual(then);
    expect(written.length).toBeLessThan(400);
  });

  it('stops at a signal', async () => {
    const stop = new AbortController();
    const written: string[] = [];
    const write = writeSplit(
      root,
      'train',
      imagesUpTo(400, -1),
      (path) => {
        written.push(path);
        if (written.length === 20) stop.abort(new Error('stopped'));
      },
      stop.signal,
    );
    await expect(write).rejects.toThrow('stopped');
    expect(written.length).toBeLessThan(400);
  });
});
