import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { accuracy, meanIou } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import {
  gta5Folder,
  HEIGHT,
  labelValues,
  photo,
  THREE_CLASSES,
  WIDTH,
  wrongLabel,
} from '../__fixtures__/dense-folders.js';
import { encodeLabel } from '../decode/encode-label.js';
import { parsePairLine } from '../dense/pair-list.js';
import type { SkippedFile } from '../dense/pairing.js';
import { openReading, readClassMap } from '../dense/reading.js';
import { classNames, trainIdsOf } from '../labels/label-table.js';
import { openGta5Source } from './source.js';

describe('openGta5Source', () => {
  it('takes the images of the list in the folder, with the table in the folder', async () => {
    const root = await gta5Folder();
    const source = await openGta5Source(root);
    expect(source).toMatchObject({
      kind: 'source',
      name: `${basename(root)}/train`,
      classes: ['ground', 'thing', 'sky'],
      nominalSize: [1052, 1914],
      selection: `3 images of ${join(root, 'train.txt')}`,
    });
    expect(source.images.map(({ path }) => path)).toEqual([
      'images/00001.png',
      'images/00002.png',
      'images/00003.png',
    ]);
    expect(source.labels[2]).toEqual({ path: 'labels/00003.png', file: join(root, 'labels', '00003.png') });
    expect(source.trainIds).toEqual(trainIdsOf(THREE_CLASSES));
    expect((await openGta5Source(root, { split: 'val' })).images).toHaveLength(1);
    const asIndices = await openGta5Source(root, { labelValues: 'trainIds' });
    expect(asIndices.fingerprint).not.toBe(source.fingerprint);
    expect([...asIndices.trainIds.subarray(0, 4)]).toEqual([0, 1, 2, 254]);
  });

  it('takes any list: tabs, the released name, names alone', async () => {
    const root = await gta5Folder();
    await rm(join(root, 'train.txt'));
    await writeFiles(root, {
      'gta5_train.txt': 'images/00002.png\tlabels/00002.png\r\n',
      'mine.lst': '00004.png\nimages/00001.png\n',
    });
    const [released, mine] = [
      await openGta5Source(root),
      await openGta5Source(root, { list: join(root, 'mine.lst') }),
    ];
    expect(released.images.map(({ path }) => path)).toEqual(['images/00002.png']);
    expect(mine.images.map(({ path }) => path)).toEqual(['images/00004.png', 'images/00001.png']);
    expect(mine.labels.map(({ path }) => path)).toEqual(['labels/00004.png', 'labels/00001.png']);
  });

  it('without a list takes all images and says so; other splits need one', async () => {
    const root = await gta5Folder();
    await rm(join(root, 'train.txt'));
    const source = await openGta5Source(root);
    expect(source.images).toHaveLength(3);
    expect(source.selection).toMatch(/^3 images: all of .* for want of a list of the train split$/);
    await rm(join(root, 'val.txt'));
    expect((await openGta5Source(root)).images).toHaveLength(4);
    await expect(openGta5Source(root, { split: 'val' })).rejects.toThrow(/neither val.txt nor gta5_val.txt/);
    await rm(join(root, 'labels.json'));
    expect((await openGta5Source(root)).classes).toHaveLength(19);
  });

  it('names a missing half of a pair, or leaves it out where told to', async () => {
    const root = await gta5Folder();
    await rm(join(root, 'labels/00002.png'));
    await rm(join(root, 'images/00003.png'));
    const listed = openGta5Source(root);
    await expect(listed).rejects.toThrow(
      /do not pair: 1 without a label image, 1 label images without an image/,
    );
    await expect(listed).rejects.toThrow(join(root, 'labels', '00002.png'));
    await rm(join(root, 'train.txt'));
    await rm(join(root, 'val.txt'));
    await expect(openGta5Source(root)).rejects.toThrow(/do not pair/);
    const skipped: SkippedFile[] = [];
    const rest = await openGta5Source(root, { skipUnreadable: true, onSkip: (file) => skipped.push(file) });
    expect(rest.images.map(({ path }) => path)).toEqual(['images/00001.png', 'images/00004.png']);
    expect(skipped).toEqual([
      { path: 'images/00002.png', reason: 'its label image labels/00002.png is not there' },
      { path: 'labels/00003.png', reason: 'its image images/00003.png is not there' },
    ]);
    await rm(join(root, 'labels'), { recursive: true });
    await writeFiles(root, { 'labels/other.txt': '' });
    await expect(openGta5Source(root, { skipUnreadable: true })).rejects.toThrow(/no image is left/);
  });

  it('names what is wrong with a folder or a list', async () => {
    const root = await temporaryFolder();
    await expect(openGta5Source(join(root, 'gone'))).rejects.toThrow(/gone does not exist/);
    await expect(openGta5Source(root)).rejects.toThrow(/images is no folder/);
    await writeFiles(root, { 'images/a.txt': '', 'labels/a.txt': '' });
    await expect(openGta5Source(root)).rejects.toThrow(/holds no image/);
    await writeFiles(root, { 'train.txt': '\n \n' });
    await expect(openGta5Source(root)).rejects.toThrow(/train.txt has no lines/);
    await writeFiles(root, { 'train.txt': 'images/1.png labels/1.png\nimages/2.png ../labels/2.png\n' });
    await expect(openGta5Source(root)).rejects.toThrow(/line 2 of .* names a file outside the data folder/);
  });

  it.each([
    ['a b c', 'has 3 parts'],
    ['/etc/passwd labels/1.png', 'outside the data folder'],
    ['images/1.png\tC:\\x', 'outside the data folder'],
  ])('refuses the line %j', (line, message) => {
    expect(parsePairLine(line)).toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe('held-out images', () => {
  const truthOf = (seed: number) => labelValues(seed).map((id) => trainIdsOf(THREE_CLASSES)[id]!);

  it('are scored against their labels, palette or grey', async () => {
    const root = await gta5Folder();
    const source = await openGta5Source(root);
    const finished: number[] = [];
    const reading = openReading(source, { onFinish: (images) => finished.push(images) });
    await reading.add(1, truthOf(1), [HEIGHT, WIDTH]);
    await reading.add(
      0,
      truthOf(0).map((c) => (c === 0 ? 1 : c)),
      [HEIGHT, WIDTH],
    );
    await expect(reading.add(0, truthOf(0), [HEIGHT, WIDTH])).rejects.toThrow(/counted already/);
    const matrix = reading.finish();
    expect(finished).toEqual([2]);
    expect(matrix.classes).toBe(classNames(THREE_CLASSES).length);
    expect(meanIou(matrix)).toBeGreaterThan(0.5);
    expect(meanIou(matrix)).toBeLessThan(1);
    expect(() => reading.finish()).toThrow(/finished/);
  });

  it('name the file of a bad label, or leave it out where told to', async () => {
    const root = await gta5Folder(5);
    const outside = labelValues(0);
    outside.fill(200, 0, 12);
    await writeFiles(root, {
      'train.txt': '00001.png\n00002.png\n00003.png\n00004.png\n00005.png\n',
      'labels/00001.png': await wrongLabel('rgb'),
      'labels/00002.png': await wrongLabel('16-bit'),
      'labels/00003.png': encodeLabel({ values: outside, width: WIDTH, height: HEIGHT }),
      'labels/00004.png': (await photo(3)).subarray(0, 90),
    });
    const source = await openGta5Source(root);
    for (const [image, message] of [
      [0, /labels\/00001.png[\s\S]*holds RGB colours/],
      [1, /labels\/00002.png[\s\S]*16 bits/],
      [2, /labels\/00003.png[\s\S]*outside the label table: 200 \(12 pixels\)/],
      [3, /labels\/00004.png/],
    ] as const) {
      await expect(readClassMap(source, image)).rejects.toThrow(message);
    }
    const skipped: SkippedFile[] = [];
    const reading = openReading(source, { skipUnreadable: true, onSkip: (file) => skipped.push(file) });
    for (let i = 0; i < 5; i++) await reading.add(i, truthOf(i), [HEIGHT, WIDTH]);
    expect(meanIou(reading.finish())).toBe(1);
    expect(skipped.map(({ path }) => path)).toEqual(source.labels.slice(0, 4).map(({ path }) => path));
  });

  it("of nearly the nominal size are counted at their label's, and named", async () => {
    const nominalSize = [HEIGHT, WIDTH] as const;
    const source = { ...(await openGta5Source(await gta5Folder())), nominalSize };
    const resized: string[] = [];
    const reading = openReading(source, { onResize: ({ path }) => resized.push(path) });
    const [height, width] = [HEIGHT + 1, WIDTH - 1];
    const places = Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width), i % width];
      return Math.min(y, HEIGHT - 1) * WIDTH + x;
    });
    await reading.add(
      1,
      Uint8Array.from(places, (place) => truthOf(1)[place]! % 3),
      [height, width],
    );
    await reading.add(
      0,
      truthOf(0).map((c) => c % 3),
      [HEIGHT, WIDTH],
    );
    const matrix = reading.finish();
    expect(matrix.counts.reduce((sum, pixels) => sum + pixels, 0)).toBe(
      [...truthOf(0), ...truthOf(1)].filter((c) => c !== 255).length,
    );
    expect(accuracy(matrix)).toBeGreaterThan(0.8);
    expect(resized).toEqual(['images/00002.png']);
  });

  it('of another size stop the reading, or are left out and named where told to', async () => {
    const source = await openGta5Source(await gta5Folder());
    const prediction = new Uint8Array(40 * 30);
    await expect(openReading(source).add(0, prediction, [30, 40])).rejects.toThrow(/--skip-unreadable/);
    const skipped: SkippedFile[] = [];
    const reading = openReading(source, { skipUnreadable: true, onSkip: (file) => skipped.push(file) });
    await reading.add(0, prediction, [30, 40]);
    await reading.add(1, truthOf(1), [HEIGHT, WIDTH]);
    expect(meanIou(reading.finish())).toBe(1);
    expect(skipped).toEqual([{ path: 'labels/00001.png', reason: 'it is 24×18 pixels, its image 40×30' }]);
  });

  it('refuse predictions of another size or of no class', async () => {
    const source = await openGta5Source(await gta5Folder());
    const add = (prediction: Uint8Array, size: [number, number]) =>
      openReading(source).add(0, prediction, size);
    await expect(add(truthOf(0), [WIDTH, HEIGHT])).rejects.toThrow(
      /does not fit its label image labels\/00001.png/,
    );
    await expect(add(new Uint8Array(3), [HEIGHT, WIDTH])).rejects.toThrow(/3 pixels/);
    await expect(add(truthOf(0).fill(3), [HEIGHT, WIDTH])).rejects.toThrow(/labels\/00001.png is no class/);
    await expect(add(truthOf(0).fill(255), [HEIGHT, WIDTH])).rejects.toThrow(/0…2 wherever/);
  });
});
