import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, isUserError } from '@syn2real/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MinibenchProgress, prepareMinibench } from './prepare.js';
import { printedDigits } from './source.js';
import { handwrittenDigits, TARGET_TOTAL } from './target.js';

const SMALL = { seed: 3, sourceCount: 330, targetCount: 205 } as const;
let work: string;
let root: string;
const progress: MinibenchProgress[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'minibench-'));
  root = join(work, 'bench');
  await prepareMinibench(root, SMALL, (step) => progress.push(step));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const lines = async (folder: string, split: string) =>
  (await readFile(join(folder, split, 'image_list.txt'), 'utf8')).split('\n').slice(0, -1);

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
};

describe('prepareMinibench: the files', () => {
  it("writes VisDA-17's layout and nothing besides", async () => {
    expect((await readdir(root)).sort()).toEqual(
      ['classes.txt', 'contact-sheet.png', 'minibench.json', 'retention', 'train', 'validation'].sort(),
    );
    const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
    expect((await readdir(join(root, 'train'))).sort()).toEqual([...digits, 'image_list.txt']);
    expect((await readdir(join(root, 'validation'))).sort()).toEqual([...digits, 'image_list.txt']);
    expect(await readFile(join(root, 'classes.txt'), 'utf8')).toBe(`${digits.join('\n')}\n`);
    expect(await readdir(work)).toEqual(['bench']);
  });

  it.each([
    ['train', 330, /^(\d)\/src_[a-z-]+_\d{4}\.png (\d)$/],
    ['validation', 205, /^(\d)\/\d{5}\.jpg (\d)$/],
  ] as const)('lists every image of %s once, with its label', async (split, count, form) => {
    const list = await lines(root, split);
    expect(list).toHaveLength(count);
    expect(new Set(list).size).toBe(count);
    const labels = new Set<string>();
    for (const line of list) {
      const match = form.exec(line);
      expect(match, line).not.toBeNull();
      expect(match![1]).toBe(match![2]);
      labels.add(match![2]!);
    }
    expect(labels.size).toBe(10);
    const listed = list.map((line) => line.split(' ')[0]!).sort();
    const present: string[] = [];
    for (const label of labels) {
      for (const name of await readdir(join(root, split, label))) present.push(`${label}/${name}`);
    }
    expect(present.sort()).toEqual(listed);
  });

  it('writes 28 × 28 images of 8 bits, bright strokes on black, in the format their names say', async () => {
    for (const split of ['train', 'validation', 'retention']) {
      const list = await lines(root, split);
      for (const line of [list[0]!, list[100]!, list.at(-1)!]) {
        const file = join(root, split, line.slice(0, line.lastIndexOf(' ')));
        const { width, height, format, depth } = await sharp(file).metadata();
        expect({ width, height, format, depth }).toEqual({
          width: 28,
          height: 28,
          format: split === 'validation' ? 'jpeg' : 'png',
          depth: 'uchar',
        });
        const rgb = await sharp(file).toColourspace('srgb').raw().toBuffer();
        expect(rgb.length).toBe(28 * 28 * 3);
        expect(rgb.every((value, index) => value === rgb[index - (index % 3)])).toBe(true);
        expect(Math.max(...rgb)).toBeGreaterThan(200);
        expect(rgb.reduce((sum, value) => sum + value, 0) / rgb.length).toBeLessThan(128);
      }
    }
  });

  it('keeps the handwriting within a few grey values through the JPEG', async () => {
    const images = await handwrittenDigits(205, createRng(3).split('target'));
    let worst = 0;
    for (const { path, pixels } of images.slice(0, 50)) {
      const read = await sharp(join(root, 'validation', path))
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      const exact = pixels();
      worst = Math.max(worst, ...exact.map((value, index) => Math.abs(value - read[index]!)));
    }
    expect(worst).toBeLessThanOrEqual(12);
  });

  it('reports progress up to the total', () => {
    expect(progress.map(({ done }) => done)).toEqual(progress.map((_, index) => index + 1));
    expect(progress).toHaveLength(330 + 205 + 968);
    expect(progress.at(-1)).toEqual({ split: 'retention', done: 1503, total: 1503 });
  });
});

describe('prepareMinibench: determinism', () => {
  it('gives the same bytes for the same settings, others for another seed', async () => {
    const again = await prepareMinibench(join(work, 'again'), SMALL);
    const other = await prepareMinibench(join(work, 'other'), { ...SMALL, seed: 4 });
    const first = await prepareMinibench(root, SMALL);
    expect(first.reused).toBe(true);
    expect(again.reused).toBe(false);
    expect(again.manifest).toEqual(first.manifest);
    expect(other.manifest.digest).not.toBe(first.manifest.digest);
    const file = 'train/4/src_lobster_0001.png';
    expect(await readFile(join(work, 'again', file))).toEqual(await readFile(join(root, file)));
    expect(await readFile(join(work, 'other', file))).not.toEqual(await readFile(join(root, file)));
    await rm(join(work, 'again'), { recursive: true });
    await rm(join(work, 'other'), { recursive: true });
  });

  it('only adds images when a count grows', async () => {
    const draw = async (count: number) =>
      new Map(
        (await printedDigits(['arvo', 'anton'], count, createRng(1))).map(({ path, pixels }) => [
          path,
          pixels(),
        ]),
      );
    const [few, many] = [await draw(45), await draw(90)];
    expect(many.size).toBe(90);
    for (const [path, pixels] of few) expect(many.get(path)).toEqual(pixels);
    const paths = async (count: number) =>
      (await handwrittenDigits(count, createRng(1))).map(({ path }) => path);
    const larger = new Set(await paths(300));
    expect((await paths(123)).every((path) => larger.has(path))).toBe(true);
  });
});

describe('the target', () => {
  it('is balanced where it can be, and whole where it is asked whole', async () => {
    const counts = async (count: number) => {
      const images = await handwrittenDigits(count, createRng(0));
      expect(new Set(images.map(({ path }) => path)).size).toBe(count);
      return Array.from({ length: 10 }, (_, digit) => images.filter(({ label }) => label === digit).length);
    };
    expect(await counts(8000)).toEqual(Array(10).fill(800));
    expect(await counts(TARGET_TOTAL)).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });
});

describe('prepareMinibench: an existing folder', () => {
  it('is filled where it is empty', async () => {
    const folder = join(work, 'empty');
    await mkdir(folder);
    const { reused } = await prepareMinibench(folder, { ...SMALL, sourceCount: 20, targetCount: 10 });
    expect(reused).toBe(false);
    expect(await lines(folder, 'train')).toHaveLength(20);
    await rm(folder, { recursive: true });
  });

  it('is refused with other settings, and left as it was', async () => {
    const before = await stat(join(root, 'minibench.json'));
    const error = await failure(prepareMinibench(root, { ...SMALL, targetCount: 206 }));
    expect(isUserError(error)).toBe(true);
    expect(error.message).toMatch(
      /other settings[\s\S]*got: +targetCount = 205\n[\s\S]* or targetCount = 206\n/,
    );
    expect((await stat(join(root, 'minibench.json'))).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(work)).toEqual(['bench']);
  });

  it.each(['{}', '', '{"generator":"@syn2real/minibench"}', 'null'])(
    'is refused where it is not ours (minibench.json: %j)',
    async (text) => {
      const folder = join(work, 'foreign');
      await mkdir(folder);
      await writeFile(join(folder, 'minibench.json'), text);
      await writeFile(join(folder, 'thesis.tex'), 'years of work');
      const error = await failure(prepareMinibench(folder, SMALL));
      expect(isUserError(error)).toBe(true);
      expect(error.message).toMatch(/something other than the mini benchmark[\s\S]*thesis\.tex/);
      expect(await readFile(join(folder, 'thesis.tex'), 'utf8')).toBe('years of work');
      await rm(folder, { recursive: true });
    },
  );

  it('is refused where a file has changed or is missing', async () => {
    const file = join(root, 'validation', (await lines(root, 'validation'))[7]!.split(' ')[0]!);
    const bytes = await readFile(file);
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 9]! ^= 1;
    await writeFile(file, flipped);
    expect((await failure(prepareMinibench(root, SMALL))).message).toMatch(/files have changed/);
    await rename(file, `${file}.away`);
    const missing = await failure(prepareMinibench(root, SMALL));
    expect(isUserError(missing)).toBe(true);
    expect(missing.message).toContain(file);
    await rm(`${file}.away`);
    await writeFile(file, bytes);
    expect((await prepareMinibench(root, SMALL)).reused).toBe(true);
  });

  it('may hold files of others beside the listed ones', async () => {
    await writeFile(join(root, 'train', '.DS_Store'), 'x');
    expect((await prepareMinibench(root, SMALL)).reused).toBe(true);
    await rm(join(root, 'train', '.DS_Store'));
  });
});

describe('prepareMinibench: failures', () => {
  it('leaves nothing behind when it is stopped', async () => {
    const stop = new AbortController();
    const folder = join(work, 'stopped');
    const error = await failure(
      prepareMinibench(folder, { ...SMALL, signal: stop.signal }, ({ done }) => {
        if (done === 100) stop.abort(new Error('stopped by the test'));
      }),
    );
    expect(error.message).toBe('stopped by the test');
    expect(await readdir(work)).toEqual(['bench']);
  });

  it('removes what a killed process left, not what a living one writes', async () => {
    const dead = join(work, 'next.partial-999999999-abcdef');
    const living = join(work, `next.partial-${process.pid}-abcdef`);
    const unrelated = join(work, 'next.partial-notes');
    for (const folder of [dead, living, unrelated]) await mkdir(folder);
    await prepareMinibench(join(work, 'next'), { sourceCount: 10, targetCount: 10 });
    expect((await readdir(work)).sort()).toEqual(
      ['bench', 'next', `next.partial-${process.pid}-abcdef`, 'next.partial-notes'].sort(),
    );
    for (const folder of [living, unrelated, join(work, 'next')]) await rm(folder, { recursive: true });
  });

  it('says so where the path leads through a file or may not be written', async () => {
    const file = join(work, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below'), join(file, 'far', 'below')]) {
      const error = await failure(prepareMinibench(path, SMALL));
      expect(isUserError(error)).toBe(true);
      expect(error.message).toMatch(/leads through a file[\s\S]*fix:/);
    }
    await rm(file);
    if (process.getuid?.() === 0 || process.platform === 'win32') return;
    const locked = join(work, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    expect((await failure(prepareMinibench(join(locked, 'bench'), SMALL))).message).toMatch(/no permission/);
    await rm(locked, { recursive: true });
  });

  it('two at once end with one whole folder', async () => {
    const folder = join(work, 'both');
    const settings = { sourceCount: 40, targetCount: 40 };
    const results = await Promise.all([
      prepareMinibench(folder, settings),
      prepareMinibench(folder, settings),
    ]);
    expect(results.map(({ reused }) => reused).sort()).toEqual([false, true]);
    expect((await prepareMinibench(folder, settings)).reused).toBe(true);
    expect((await readdir(work)).sort()).toEqual(['bench', 'both']);
    await rm(folder, { recursive: true });
  });

  it('lists all faults of the options at once, before anything is written', async () => {
    const error = await failure(
      prepareMinibench(join(work, 'never'), {
        seed: -1,
        sourceCount: 1.5,
        targetCount: TARGET_TOTAL + 1,
        // @ts-expect-error: not a font of the benchmark
        fonts: ['arvo', 'arvo', 'comic-sans'],
      }),
    );
    expect(isUserError(error)).toBe(true);
    for (const part of ['seed', 'sourceCount', 'targetCount', 'comic-sans', 'twice', 'varela-round']) {
      expect(error.message).toContain(part);
    }
    expect((await failure(prepareMinibench(work, { fonts: [] }))).message).toContain('at least one font');
    expect(await readdir(work)).toEqual(['bench']);
  });
});
