import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { accuracy, type OracleReading } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import {
  cityscapesFolder,
  HEIGHT,
  labelValues,
  THREE_CLASSES,
  WIDTH,
} from '../__fixtures__/dense-folders.js';
import { encodeLabel } from '../decode/encode-label.js';
import { trainIdsOf } from '../labels/label-table.js';
import { hasCityscapesTruth, openCityscapesOracle } from './oracle.js';
import { openCityscapesTarget } from './target.js';

const truthOf = (seed: number) => labelValues(seed).map((id) => trainIdsOf(THREE_CLASSES)[id]!);
const SIZE = [HEIGHT, WIDTH] as const;
const ignore = () => {};

describe('openCityscapesTarget', () => {
  it('lists a split by city and name, without labels', async () => {
    const root = await cityscapesFolder();
    const target = await openCityscapesTarget(root, { split: 'train' });
    expect(target).toMatchObject({
      kind: 'target',
      name: `${basename(root)}/train`,
      classes: ['ground', 'thing', 'sky'],
    });
    expect(target.images.map(({ path }) => path)).toEqual([
      'leftImg8bit/train/aachen/aachen_0_000019_leftImg8bit.png',
      'leftImg8bit/train/bochum/bochum_0_000019_leftImg8bit.png',
    ]);
    expect(Object.keys(target)).not.toContain('labels');
    await rm(join(root, 'gtFine'), { recursive: true });
    await rm(join(root, 'labels.json'));
    const bare = await openCityscapesTarget(root, { split: 'train' });
    expect(bare.fingerprint).toBe(target.fingerprint);
    expect(bare.classes[18]).toBe('bicycle');
  });

  it('takes a list, with labels behind it or not', async () => {
    const root = await cityscapesFolder();
    const [, second] = (await openCityscapesTarget(root, { split: 'val' })).images;
    await writeFiles(root, { 'val.txt': `${second!.path}\tgtFine/anything.png\n` });
    const listed = await openCityscapesTarget(root, { split: 'val', list: join(root, 'val.txt') });
    expect(listed.images).toEqual([second]);
    await writeFiles(root, { 'val.txt': `${second!.path}\nleftImg8bit/val/gone.png\n` });
    await expect(openCityscapesTarget(root, { split: 'val', list: join(root, 'val.txt') })).rejects.toThrow(
      /1 of the 2 images.*missing/,
    );
  });

  it('says what is missing', async () => {
    const root = await temporaryFolder();
    const open = (folder: string) => openCityscapesTarget(folder, { split: 'val' });
    await expect(open(join(root, 'gone'))).rejects.toThrow(/gone does not exist/);
    await expect(open(root)).rejects.toThrow(/leftImg8bit.val is no folder/);
    await writeFiles(root, { 'leftImg8bit/val/lindau/readme.txt': '' });
    await expect(open(root)).rejects.toThrow(/holds no city with \*_leftImg8bit.png/);
  });
});

describe('openCityscapesOracle', () => {
  it('scores by label ids or class indices, and keeps a record', async () => {
    const root = await cityscapesFolder();
    const readings: OracleReading[] = [];
    const open = () =>
      openCityscapesOracle(root, { split: 'val', onReading: (reading) => readings.push(reading) });
    const oracle = await open();
    const reading = oracle.open('final epoch');
    await reading.add(1, truthOf(3), SIZE);
    await reading.add(
      0,
      truthOf(2).map((c) => (c === 2 ? 0 : c)),
      SIZE,
    );
    expect(readings).toEqual([]);
    const matrix = reading.finish();
    const target = `${basename(root)}/val`;
    expect(readings).toEqual([{ target, purpose: 'final epoch', images: 2 }]);
    const map = await oracle.show(1, 'figure 9');
    expect(map).toEqual({ classes: truthOf(3), size: SIZE });
    expect(readings.at(-1)).toEqual({ target, purpose: 'figure 9', images: 1 });

    for (const i of [0, 1]) {
      const stem = join(root, `gtFine/val/lindau/lindau_${i}_000019_gtFine_`);
      await rm(`${stem}labelIds.png`);
      const values = truthOf(2 + i);
      await writeFiles(root, {
        [`gtFine/val/lindau/lindau_${i}_000019_gtFine_labelTrainIds.png`]: encodeLabel({
          values,
          width: WIDTH,
          height: HEIGHT,
        }),
      });
    }
    const again = (await open()).open('again');
    await again.add(
      0,
      truthOf(2).map((c) => (c === 2 ? 0 : c)),
      SIZE,
    );
    await again.add(1, truthOf(3), SIZE);
    expect(again.finish()).toEqual(matrix);
    expect(accuracy(matrix)).toBeLessThan(1);
  });

  it('leaves out where nothing is predicted, in a partial reading alone', async () => {
    const root = await cityscapesFolder();
    const oracle = await openCityscapesOracle(root, { split: 'val', onReading: ignore });
    const some = truthOf(2).map((c) => (c === 1 ? 255 : c));
    const whole = oracle.open('whole');
    await expect(whole.add(0, some, SIZE)).rejects.toThrow(/is no class/);
    const partial = oracle.open('labels', { partial: true });
    await partial.add(0, some, SIZE);
    const matrix = partial.finish();
    expect(accuracy(matrix)).toBe(1);
    expect([...matrix.counts].reduce((a, b) => a + b, 0)).toBe(some.filter((c) => c !== 255).length);
    const none = oracle.open('no labels', { partial: true });
    await none.add(0, new Uint8Array(some.length).fill(255), SIZE);
    expect(accuracy(none.finish())).toBeNaN();
  });

  it('knows which splits have labels, and refuses the others', async () => {
    const root = await cityscapesFolder();
    expect(await hasCityscapesTruth(root, 'val')).toBe(true);
    expect(await hasCityscapesTruth(root, 'test')).toBe(false);
    expect(await hasCityscapesTruth(join(root, 'gone'), 'val')).toBe(false);
    await expect(openCityscapesOracle(root, { split: 'test', onReading: ignore })).rejects.toThrow(
      /1 of the 1 images of the test split have no label image/,
    );
  });

  it('names a missing label file, or leaves its image out where told to', async () => {
    const root = await cityscapesFolder();
    const gone = join(root, 'gtFine/val/lindau/lindau_0_000019_gtFine_labelIds.png');
    await rename(gone, `${gone}.old`);
    await expect(openCityscapesOracle(root, { split: 'val', onReading: ignore })).rejects.toThrow(gone);
    const skipped: string[] = [];
    const readings: OracleReading[] = [];
    const oracle = await openCityscapesOracle(root, {
      split: 'val',
      onReading: (reading) => readings.push(reading),
      skipUnreadable: true,
      onSkip: ({ path, reason }) => skipped.push(`${path}: ${reason}`),
    });
    const reading = oracle.open('skipping');
    await reading.add(0, truthOf(0), SIZE);
    await reading.add(1, truthOf(3), SIZE);
    expect(accuracy(reading.finish())).toBe(1);
    expect(readings[0]!.images).toBe(1);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatch(/lindau_0_.*ENOENT/);
  });

  it('says so where labels are withheld: they hold nothing that counts', async () => {
    const root = await cityscapesFolder();
    const nothing = encodeLabel({ values: new Uint8Array(WIDTH * HEIGHT), width: WIDTH, height: HEIGHT });
    await writeFiles(root, { 'gtFine/test/berlin/berlin_0_000019_gtFine_labelIds.png': nothing });
    const oracle = await openCityscapesOracle(root, { split: 'test', onReading: ignore });
    const reading = oracle.open('test');
    await reading.add(0, truthOf(0), SIZE);
    expect(() => reading.finish()).toThrow(/no pixel has a truth[\s\S]*val/);
  });
});
