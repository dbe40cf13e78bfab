import { createHash } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isUserError, meanClassAccuracy, type OracleReading } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { listOf, temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { VISDA17_CLASSES, VISDA17_COUNTS } from './classes.js';
import { hasTruth, openOracle } from './oracle.js';
import { openVisda17Source } from './source.js';
import { openVisda17Target } from './target.js';

async function folderWith(files: Record<string, string>): Promise<string> {
  const root = await temporaryFolder();
  await writeFiles(root, files);
  return root;
}

const threeImages = { 'train/bus/a.png': '', 'train/bus/b.png': '', 'train/car/c.png': '' };
const threeLines = listOf('bus/a.png 2', 'car/c.png 3', 'bus/b.png 2');

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isUserError(error)) throw new Error(`Expected a UserError, got ${String(error)}`);
  expect(error.parts).toMatchObject({
    got: expect.any(String),
    expected: expect.any(String),
    fix: expect.any(String),
  });
  return error.message;
}

describe('openVisda17Source', () => {
  it('reads images, labels and classes in the order of the list', async () => {
    const root = await folderWith({ ...threeImages, 'train/image_list.txt': threeLines });
    const source = await openVisda17Source(root);
    expect(source).toMatchObject({
      kind: 'source',
      name: `${basename(root)}/train`,
      classes: VISDA17_CLASSES,
    });
    expect(source.images).toEqual([
      { path: 'bus/a.png', file: join(root, 'train/bus/a.png') },
      { path: 'car/c.png', file: join(root, 'train/car/c.png') },
      { path: 'bus/b.png', file: join(root, 'train/bus/b.png') },
    ]);
    expect([...source.labels]).toEqual([2, 3, 2]);
    expect(source.fingerprint).toBe(createHash('sha256').update(threeLines).digest('hex'));
  });

  it('takes other classes from classes.txt', async () => {
    const root = await folderWith({
      ...threeImages,
      'train/image_list.txt': threeLines,
      'classes.txt': 'a\nb\nc\nd\n',
    });
    expect((await openVisda17Source(root)).classes).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['a\n\nc\nd', 'line 2 is empty'],
    ['a\nb\na', 'line 3 repeats "a"'],
    ['a', 'one name'],
    ['', 'line 1 is empty'],
  ])('refuses the class names %j', async (names, reason) => {
    const root = await folderWith({
      ...threeImages,
      'train/image_list.txt': threeLines,
      'classes.txt': names,
    });
    expect(await messageOf(openVisda17Source(root))).toContain(reason);
  });

  it.each([
    ['bus/a.png 2\nbus/b.png\n', 'line 2 of', 'it has no label'],
    ['bus/a.png 2\n\ncar/c.png 12\n', 'line 3 of', 'outside 0…11'],
    ['bus/a.png 2\n../../x.png 1\n', 'line 2 of', 'outside the data folder'],
    ['bus/a.png two\n', 'line 1 of', 'its label is "two"'],
    [`${'a'.repeat(9000)} 1\n`, 'line 1 of', 'longer than 8192 bytes'],
  ])('names the line that is wrong: %j', async (list, line, reason) => {
    const root = await folderWith({ ...threeImages, 'train/image_list.txt': list });
    const message = await messageOf(openVisda17Source(root));
    expect(message).toContain(line);
    expect(message).toContain(reason);
  });

  it('names the first missing image and how many', async () => {
    const list = listOf('bus/a.png 2', 'bus/gone.png 2', 'bus/b.png 2', 'nowhere/d.png 1');
    const root = await folderWith({ ...threeImages, 'train/image_list.txt': list });
    const message = await messageOf(openVisda17Source(root));
    expect(message).toContain('2 of the 4 images');
    expect(message).toContain(join(root, 'train/bus/gone.png'));
  });

  it('follows links to images and folders', async () => {
    const root = await folderWith({
      'store/a.png': '',
      'train/image_list.txt': 'bus/a.png 2\nlinked.png 1\n',
    });
    await symlink(join(root, 'store'), join(root, 'train/bus'));
    await symlink(join(root, 'store/a.png'), join(root, 'train/linked.png'));
    expect((await openVisda17Source(root)).images).toHaveLength(2);
  });

  it('says what it looked for where there is nothing', async () => {
    const root = await folderWith({ 'other/readme': '' });
    expect(await messageOf(openVisda17Source(root))).toContain(join(root, 'train/image_list.txt'));
    expect(await messageOf(openVisda17Source(join(root, 'no')))).toContain('does not exist');
    expect(await messageOf(openVisda17Target(root, { split: 'test' }))).toContain('tar -xf test.tar');
  });

  it('notices the folder of a split given as the data folder', async () => {
    const root = await folderWith({ ...threeImages, 'train/image_list.txt': threeLines });
    expect(await messageOf(openVisda17Source(join(root, 'train')))).toContain(
      `pass the folder above it: ${root}`,
    );
  });

  it('refuses an empty list', async () => {
    const root = await folderWith({ 'train/image_list.txt': '\n \n' });
    expect(await messageOf(openVisda17Source(root))).toContain('names no image');
  });
});

describe('target and oracle', () => {
  const validation = {
    'validation/a.jpg': '',
    'validation/b.jpg': '',
    'validation/c.jpg': '',
    'validation/image_list.txt': listOf('a.jpg 0', 'b.jpg 1', 'c.jpg 1'),
  };

  it('gives a target without anything of its labels', async () => {
    const root = await folderWith(validation);
    const target = await openVisda17Target(root, { split: 'validation' });
    expect(target.images.map(({ path }) => path)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    expect(Object.keys(target).sort()).toEqual(['classes', 'fingerprint', 'images', 'kind', 'name']);
    const relabelled = await folderWith({
      ...validation,
      'validation/image_list.txt': listOf('a.jpg 7', 'b.jpg 7', 'c.jpg 7'),
    });
    expect((await openVisda17Target(relabelled, { split: 'validation' })).fingerprint).toBe(
      target.fingerprint,
    );
  });

  it('reads a list without labels, which then cannot be scored', async () => {
    const root = await folderWith({ 'test/t/x.jpg': '', 'test/image_list.txt': 't/x.jpg\n' });
    expect((await openVisda17Target(root, { split: 'test' })).images).toHaveLength(1);
    expect(await hasTruth(root, 'test')).toBe(false);
    expect(await hasTruth(root, 'validation')).toBe(false);
    expect(await messageOf(openOracle(root, 'test', { onReading: () => {} }))).toContain('no truth');
  });

  it('scores in the order of the list and reports every reading', async () => {
    const root = await folderWith({ ...validation, 'classes.txt': 'x\ny\n' });
    const readings: OracleReading[] = [];
    const oracle = await openOracle(root, 'validation', { onReading: (reading) => readings.push(reading) });
    expect(await hasTruth(root, 'validation')).toBe(true);
    expect(readings).toEqual([]);
    const matrix = oracle.score(Int32Array.of(0, 1, 0), 'epoch 1');
    expect([...matrix.counts]).toEqual([1, 0, 1, 1]);
    expect(meanClassAccuracy(matrix)).toBe(0.75);
    oracle.score(Int32Array.of(0, 1, 1), 'epoch 2');
    const target = `${basename(root)}/validation`;
    expect(readings).toEqual([
      { target, purpose: 'epoch 1', images: 3 },
      { target, purpose: 'epoch 2', images: 3 },
    ]);
  });

  it('leaves out images that could not be read, and says how many were scored', async () => {
    const root = await folderWith({ ...validation, 'classes.txt': 'x\ny\n' });
    const readings: OracleReading[] = [];
    const oracle = await openOracle(root, 'validation', { onReading: (reading) => readings.push(reading) });
    expect([...oracle.score(Int32Array.of(0, -1, 0), 'epoch 1').counts]).toEqual([1, 0, 1, 0]);
    expect(readings[0]!.images).toBe(2);
    expect(() => oracle.score(Int32Array.of(0, -2, 0), 'epoch 1')).toThrow(/prediction 1 is no class/);
  });

  it('shows the truth of some images for a figure, on record', async () => {
    const root = await folderWith(validation);
    const readings: OracleReading[] = [];
    const oracle = await openOracle(root, 'validation', { onReading: (reading) => readings.push(reading) });
    const all = [...oracle.show(Int32Array.of(0, 1, 2), 'figure')];
    expect([...oracle.show(Int32Array.of(2, 0), 'figure')]).toEqual([all[2], all[0]]);
    expect(readings.map(({ images }) => images)).toEqual([3, 2]);
    expect(() => oracle.show(Int32Array.of(3), 'figure')).toThrow(/no image 3/);
    expect(readings).toHaveLength(2);
  });

  it('refuses predictions that do not fit, without a reading', async () => {
    const root = await folderWith(validation);
    const readings: OracleReading[] = [];
    const oracle = await openOracle(root, 'validation', { onReading: (reading) => readings.push(reading) });
    expect(() => oracle.score(Int32Array.of(0, 1), 'short')).toThrow(/2 predictions/);
    expect(() => oracle.score(Int32Array.of(0, 1, 12), 'class')).toThrow(/prediction 2 is no class/);
    expect(readings).toEqual([]);
  });

  it('refuses a list of which only some lines have labels', async () => {
    const root = await folderWith({
      ...validation,
      'validation/image_list.txt': listOf('a.jpg 0', 'b.jpg', 'c.jpg 1'),
    });
    const opened = openOracle(root, 'validation', { onReading: () => {} });
    expect(await messageOf(opened)).toContain('line 2 of');
  });
});

it('the published counts add up to the published sums', () => {
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  expect(sum(VISDA17_COUNTS.train)).toBe(152_397);
  expect(sum(VISDA17_COUNTS.validation)).toBe(55_388);
  expect(sum(VISDA17_COUNTS.test)).toBe(72_372);
});
