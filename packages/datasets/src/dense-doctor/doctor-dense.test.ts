import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OracleReading } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import {
  cityscapesFolder,
  gta5Folder,
  HEIGHT,
  labelBytes,
  labelValues,
  photo,
  WIDTH,
  wrongLabel,
} from '../__fixtures__/dense-folders.js';
import { encodeLabel } from '../decode/encode-label.js';
import { doctorDense } from './doctor-dense.js';
import { formatDenseDoctorReport } from './format.js';
import type { DenseDoctorReport, DenseProblemKind } from './report.js';

const kindsOf = ({ problems }: DenseDoctorReport) => problems.map(({ kind }) => kind);
const found = ({ problems }: DenseDoctorReport, kind: DenseProblemKind) =>
  problems.filter((problem) => problem.kind === kind);

describe("GTA5's layout", () => {
  const look = (root: string, deep = false) => doctorDense(root, { layout: 'gta5', deep, workers: 0 });

  it('finds nothing wrong with a healthy folder', async () => {
    const root = await gta5Folder();
    const report = await look(root);
    expect(report).toMatchObject({
      root,
      layout: 'gta5',
      ok: true,
      problems: [],
      classes: ['ground', 'thing', 'sky'],
    });
    expect(report.splits).toEqual([
      { split: 'train', found: true, images: 3, labelled: 3, published: null, pixels: null },
      { split: 'val', found: true, images: 1, labelled: 1, published: null, pixels: null },
    ]);
    const progress: [number, number][] = [];
    const onProgress = (...step: [number, number]) => progress.push(step);
    const deep = await doctorDense(root, { layout: 'gta5', deep: true, workers: 1, onProgress });
    expect(deep.problems).toEqual([]);
    expect(progress.at(-1)).toEqual([4, 4]);
    const { pixels } = deep.splits[0]!;
    expect(pixels!.reduce((sum, count) => sum + count, 0)).toBe(3 * WIDTH * HEIGHT);
    expect(pixels![3]).toBe([0, 1, 2].flatMap((i) => [...labelValues(i)]).filter((id) => id === 0).length);
  });

  it('names broken lines, doubles, halves of pairs and leaks without opening a file', async () => {
    const root = await gta5Folder(6);
    await writeFiles(root, {
      'train.txt':
        'images/00001.png labels/00001.png\nimages/00001.png\na b c\n../x.png y.png\n00002.png\n00003.png\n',
      'val.txt': '00003.png\n00004.png\n',
    });
    await rm(join(root, 'labels/00002.png'));
    await rm(join(root, 'images/00004.png'));
    const report = await look(root);
    expect(report.ok).toBe(false);
    expect(found(report, 'broken-line')[0]).toMatchObject({ count: 2, split: 'train' });
    expect(found(report, 'duplicate')[0]!.examples).toEqual(['line 2: images/00001.png']);
    expect(found(report, 'missing-label')[0]!.examples).toEqual(['images/00002.png']);
    expect(found(report, 'missing-image')[0]).toMatchObject({ split: 'val', examples: ['labels/00004.png'] });
    expect(found(report, 'leak')[0]).toMatchObject({
      split: 'val',
      examples: ['images/00003.png is in train too'],
    });
    expect(report.splits[0]).toMatchObject({ images: 3, labelled: 2 });
  });

  it('tells label images from other files by their headers, and sizes that differ', async () => {
    const root = await gta5Folder(7);
    await writeFiles(root, {
      'labels/00001.png': await wrongLabel('rgb'),
      'labels/00002.png': await wrongLabel('16-bit'),
      'labels/00003.png': 'nothing',
      'labels/00004.png': labelBytes(1, 'grey', WIDTH, HEIGHT + 1),
      'images/00005.png': '',
      'images/00006.png': await photo(3, 1912, 1046),
      'labels/00006.png': labelBytes(1, 'grey', 1914, 1052),
    });
    const report = await look(root);
    expect(found(report, 'not-a-label')[0]!.examples).toEqual([
      'labels/00001.png: it holds RGB colours; a label image holds one value a pixel',
      'labels/00002.png: it has 16 bits a channel; a label image has 8-bit values',
    ]);
    expect(found(report, 'unreadable-label')[0]!.examples[0]).toMatch(
      /00003.png: it is neither PNG nor JPEG/,
    );
    expect(found(report, 'size-differs')[0]!.examples).toEqual([
      'images/00004.png: 24×18, its label image 24×19',
    ]);
    expect(found(report, 'size-nominal')[0]).toMatchObject({
      severity: 'warning',
      examples: ['images/00006.png: 1912×1046, its label image 1914×1052'],
    });
    expect(found(report, 'unreadable-image')[0]!.examples).toEqual([
      'images/00005.png: the file is empty (0 bytes)',
    ]);
    expect(kindsOf(report)).toHaveLength(5);
  });

  it('finds damaged data, unknown values, absent classes and copies only when it looks deep', async () => {
    const root = await gta5Folder(6);
    const outside = labelValues(0);
    outside.fill(50, 0, 9);
    const size = { width: WIDTH, height: HEIGHT };
    const label = Buffer.from(labelBytes(3));
    label[label.length - 25]! ^= 255;
    await writeFiles(root, {
      'labels/00001.png': encodeLabel({ values: outside, ...size }),
      'images/00002.png': (await photo(1)).subarray(0, -30),
      'labels/00003.png': label,
      'images/00006.png': await photo(3),
      'labels/00006.png': encodeLabel({ values: new Uint8Array(WIDTH * HEIGHT).fill(2), ...size }),
    });
    expect((await look(root)).problems).toEqual([]);
    const report = await look(root, true);
    expect(found(report, 'unknown-values')[0]!.examples).toEqual([
      'labels/00001.png: it holds values outside the label table: 50 (9 pixels)',
    ]);
    expect(found(report, 'unreadable-image')[0]).toMatchObject({
      count: 1,
      examples: [expect.stringContaining('00002.png')],
    });
    expect(found(report, 'unreadable-label')[0]!.examples[0]).toMatch(/00003.png: it does not decode/);
    expect(found(report, 'leak')[0]!.examples).toEqual(['images/00006.png is train/images/00004.png']);
    expect(found(report, 'absent-class')[0]).toMatchObject({ split: 'val', examples: ['ground', 'sky'] });
    expect(report.ok).toBe(false);
  });

  it('says what is missing where there is no list, no label table that can be used, or nothing', async () => {
    const root = await gta5Folder();
    await rm(join(root, 'train.txt'));
    const report = await look(root);
    expect(report.ok).toBe(true);
    expect(report.splits[0]).toMatchObject({ split: 'train', images: 3 });
    expect(kindsOf(report)).toEqual(['no-list']);
    await writeFiles(root, { 'labels.json': '[]' });
    expect(found(await look(root), 'label-table')[0]).toMatchObject({ split: null, severity: 'error' });
    const nothing = await look(join(await temporaryFolder(), 'gone'));
    expect(nothing.ok).toBe(false);
    expect(kindsOf(nothing)).toEqual(['missing-split']);
    expect(formatDenseDoctorReport(nothing)).toMatch(/no split found[\s\S]*gone does not exist/);
  });

  it("compares GTA5's own classes with the published numbers", async () => {
    const root = await gta5Folder();
    await rm(join(root, 'labels.json'));
    const report = await look(root);
    expect(report.splits.map(({ published }) => published)).toEqual([12_403, 6_382]);
    expect(found(report, 'counts-differ').map(({ examples }) => examples[0])).toEqual([
      '3, published 12403',
      '1, published 6382',
    ]);
  });
});

describe("Cityscapes' layout", () => {
  const look = (root: string, deep = false) => doctorDense(root, { layout: 'cityscapes', deep, workers: 0 });

  it('finds nothing wrong with a healthy folder but a test split without labels', async () => {
    const root = await cityscapesFolder();
    const readings: OracleReading[] = [];
    const onReading = (reading: OracleReading) => readings.push(reading);
    const report = await doctorDense(root, { layout: 'cityscapes', workers: 0, onReading });
    expect(report.problems.map(({ kind, split }) => [kind, split])).toEqual([['no-truth', 'test']]);
    expect(report.splits.map(({ split, images, labelled }) => [split, images, labelled])).toEqual([
      ['train', 2, 2],
      ['val', 2, 2],
      ['test', 1, 0],
    ]);
    expect(readings).toEqual([]);
    const deep = await doctorDense(root, { layout: 'cityscapes', deep: true, workers: 0, onReading });
    expect(deep.ok).toBe(true);
    expect(readings).toEqual(
      ['train', 'val'].map((split) => ({
        target: `${basename(root)}/${split}`,
        purpose: 'doctor: pixels per class',
        images: 2,
      })),
    );
  });

  it('names missing halves both ways, copies, and images that cannot be read without a label too', async () => {
    const root = await cityscapesFolder();
    const image = (name: string) => join(root, `leftImg8bit/${name}_000019_leftImg8bit.png`);
    await rm(join(root, 'gtFine/val/lindau/lindau_0_000019_gtFine_labelIds.png'));
    await rm(image('train/aachen/aachen_0'));
    await writeFiles(root, {
      'leftImg8bit/test/berlin/berlin_0_000019_leftImg8bit.png': 'broken',
      'leftImg8bit/val/lindau/lindau_1_000019_leftImg8bit.png': await photo(1),
    });
    const report = await look(root, true);
    expect(found(report, 'missing-label')[0]!.examples).toEqual([
      'leftImg8bit/val/lindau/lindau_0_000019_leftImg8bit.png',
    ]);
    expect(found(report, 'missing-image')[0]!.examples).toEqual([
      'gtFine/train/aachen/aachen_0_000019_gtFine_labelIds.png',
    ]);
    expect(found(report, 'leak')[0]!.examples[0]).toMatch(
      /^leftImg8bit\/val\/.* is train\/leftImg8bit\/train\/bochum/,
    );
    for (const deep of [false, true]) {
      expect(found(await look(root, deep), 'unreadable-image')[0]).toMatchObject({ split: 'test', count: 1 });
    }
  });

  it('reads class indices where there are no ids, and sees withheld labels', async () => {
    const root = await cityscapesFolder();
    for (const i of [0, 1]) {
      const stem = join(root, `gtFine/val/lindau/lindau_${i}_000019_gtFine_`);
      await rename(`${stem}labelIds.png`, `${stem}labelTrainIds.png`);
    }
    await writeFiles(root, {
      'gtFine/test/berlin/berlin_0_000019_gtFine_labelIds.png': encodeLabel({
        values: new Uint8Array(WIDTH * HEIGHT),
        width: WIDTH,
        height: HEIGHT,
      }),
    });
    const report = await look(root, true);
    expect(report.splits[1]).toMatchObject({ images: 2, labelled: 2 });
    expect(found(report, 'unknown-values')[0]).toMatchObject({ split: 'val', count: 2 });
    expect(found(report, 'no-truth')[0]).toMatchObject({ split: 'test', severity: 'warning' });
    expect(formatDenseDoctorReport(report)).toContain('0 ground');
  });

  it('says what is missing where there is nothing', async () => {
    const report = await look(await temporaryFolder());
    expect(kindsOf(report)).toEqual(['missing-split', 'missing-split', 'missing-split']);
  });
});

it('the report as text has a table, each problem, and what to do', async () => {
  const root = await gta5Folder();
  await rm(join(root, 'labels/00001.png'));
  const text = formatDenseDoctorReport(await doctorDense(root, { layout: 'gta5', deep: true, workers: 0 }));
  expect(text).toContain(
    'error: train: images without a label image\n    images/00001.png\n  fix: extract 01_labels.zip',
  );
  expect(text).toMatch(/images +3 +1\nwith a label +2 +1\n0 ground +\d+\.\d\d % +\d/);
  expect(text).toMatch(/1 error, 0 warnings \(every file decoded\)$/);
});
