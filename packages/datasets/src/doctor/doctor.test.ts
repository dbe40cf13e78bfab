import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OracleReading } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { imageBytes, listOf, temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { doctor } from './doctor.js';
import { formatDoctorReport } from './format.js';
import type { DoctorProblem, DoctorReport } from './report.js';

/** A small whole data folder of two classes. */
async function healthy(): Promise<string> {
  const root = await temporaryFolder();
  const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map((seed) => imageBytes(seed)));
  await writeFiles(root, {
    'classes.txt': 'bus\ncar\n',
    'train/bus/a.png': a!,
    'train/car/b.png': b!,
    'train/image_list.txt': listOf('bus/a.png 0', 'car/b.png 1'),
    'validation/c.png': c!,
    'validation/image_list.txt': listOf('c.png 1'),
    'test/d.jpg': await imageBytes(5, 'jpeg'),
    'test/e.png': d!,
    'test/image_list.txt': listOf('d.jpg', 'e.png'),
  });
  return root;
}

const found = ({ problems }: DoctorReport, kind: DoctorProblem['kind']) =>
  problems.filter((problem) => problem.kind === kind);

describe('doctor', () => {
  it('finds nothing wrong with a healthy folder but a test split without truth', async () => {
    const root = await healthy();
    for (const deep of [false, true]) {
      const report = await doctor(root, { deep, workers: 1 });
      expect(report).toMatchObject({ root, ok: true, deep, classes: ['bus', 'car'] });
      expect(report.problems.map(({ kind }) => kind)).toEqual(['no-truth']);
      expect(report.splits).toEqual([
        { split: 'train', found: true, images: 2, perClass: [1, 1], published: null },
        { split: 'validation', found: true, images: 1, perClass: [0, 1], published: null },
        { split: 'test', found: true, images: 2, perClass: null, published: null },
      ]);
    }
  });

  it('reports that it counted labels of a target', async () => {
    const root = await healthy();
    const readings: OracleReading[] = [];
    await doctor(root, { onReading: (reading) => readings.push(reading) });
    expect(readings).toEqual([
      { target: `${basename(root)}/validation`, purpose: 'doctor: images per class', images: 1 },
    ]);
  });

  it('counts every kind of broken line and shows the first few', async () => {
    const root = await healthy();
    const broken = Array.from({ length: 8 }, (_, i) => `nonsense${i}`);
    await writeFiles(root, {
      'train/image_list.txt': listOf('bus/a.png 0', 'bus/a.png 0', 'car/b.png 2', '../x.png 1', ...broken),
    });
    const report = await doctor(root);
    expect(report.ok).toBe(false);
    expect(found(report, 'broken-line')[0]).toMatchObject({ count: 8, split: 'train', severity: 'error' });
    expect(found(report, 'broken-line')[0]!.examples).toHaveLength(5);
    expect(found(report, 'label-out-of-range')[0]!.examples).toEqual(['line 3 has the label 2, outside 0…1']);
    expect(found(report, 'path-outside')[0]!.count).toBe(1);
    expect(found(report, 'duplicate')[0]!.examples).toEqual(['line 2: bus/a.png']);
    expect(found(report, 'unlisted-file')[0]!.examples).toEqual([join('car', 'b.png')]);
  });

  it('finds missing, unreadable and half-labelled images', async () => {
    const root = await healthy();
    await writeFiles(root, {
      'validation/zero.jpg': '',
      'validation/text.png': 'not found',
      'validation/image_list.txt': listOf('c.png 1', 'gone.png 0', 'zero.jpg 0', 'text.png'),
    });
    const report = await doctor(root);
    expect(found(report, 'missing-file')[0]!.examples).toEqual(['gone.png']);
    expect(found(report, 'label-missing')[0]!.examples).toEqual(['line 4: text.png']);
    expect(found(report, 'unreadable-file')[0]!.examples).toEqual([
      'zero.jpg: the file is empty (0 bytes)',
      'text.png: it is neither PNG nor JPEG (it begins with 6e 6f 74 20 66 6f 75 6e)',
    ]);
  });

  it('finds damaged data and leaks only when it looks deep', async () => {
    const root = await healthy();
    const whole = await imageBytes(9, 'png', 40, 40);
    await writeFiles(root, {
      'validation/cut.png': whole.subarray(0, whole.length - 60),
      'validation/same.png': await imageBytes(1),
      'validation/image_list.txt': listOf('c.png 1', 'cut.png 0', 'same.png 0'),
    });
    expect((await doctor(root)).ok).toBe(true);
    const progress: [number, number][] = [];
    const report = await doctor(root, {
      deep: true,
      workers: 1,
      onProgress: (...step) => progress.push(step),
    });
    expect(report.ok).toBe(false);
    expect(found(report, 'unreadable-file')[0]!.examples[0]).toMatch(/^cut\.png: it does not decode/);
    const same = [join('train', 'bus', 'a.png')].map((path) => path.replaceAll('\\', '/'));
    expect(found(report, 'leak')[0]!.examples).toEqual([`validation/same.png is ${same[0]}`]);
    expect(progress.at(-1)).toEqual([7, 7]);
  });

  it("compares VisDA-17's own classes with the published numbers", async () => {
    const root = await healthy();
    await rm(join(root, 'classes.txt'));
    const report = await doctor(root);
    expect(report.ok).toBe(true);
    expect(found(report, 'counts-differ').map(({ split, count }) => [split, count])).toEqual([
      ['train', 12],
      ['validation', 12],
      ['test', 1],
    ]);
    expect(formatDoctorReport(report)).toMatch(/0 aeroplane +1 \(published 14309\) +0 \(published 3646\) +-/);
  });

  it('says what is missing where there is nothing at all, or the class names are wrong', async () => {
    const report = await doctor(join(await temporaryFolder(), 'nothing'));
    expect(report.ok).toBe(false);
    expect(report.problems.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['missing-split', 'error'],
      ['missing-split', 'error'],
      ['missing-split', 'warning'],
    ]);
    const root = await healthy();
    await writeFiles(root, { 'classes.txt': 'bus\nbus\n' });
    expect((await doctor(root)).problems[0]).toMatchObject({
      kind: 'class-names',
      split: null,
      examples: ['line 2 repeats "bus"'],
    });
  });

  it('stops where the signal says so', async () => {
    const root = await healthy();
    await expect(
      doctor(root, { deep: true, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });
});

it('the report as text has a table, each problem, and what to do', async () => {
  const root = await healthy();
  await rm(join(root, 'train/car/b.png'));
  const text = formatDoctorReport(await doctor(root));
  expect(text).toContain(['class  train  validation  test', '0 bus      1           0     -'].join('\n'));
  expect(text).toContain('all        2           1     2');
  expect(text).toContain(
    'error: train: images of the list that are not there\n    car/b.png\n  fix: extract train.tar',
  );
  expect(text).toMatch(/1 error, 1 warning \(headers read; --deep/);
});
