import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, isUserError } from '@syn2real/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handwrittenDrawings, TARGET_SCENES } from './drawings.js';
import { BACKGROUND, SEGMENTATION_LABELS } from './label-table.js';
import { type PreparedSegmentation, prepareSegmentation, type SegmentationProgress } from './prepare.js';

const SMALL = { seed: 2, fonts: ['arvo', 'anton'], sourceCount: 8, heldOutCount: 3, targetCount: 5 } as const;
const known = new Set(SEGMENTATION_LABELS.map(({ id }) => id));
const ignored = SEGMENTATION_LABELS.filter(({ trainId }) => trainId === 255).map(({ id }) => id);
let work: string;
let root: string;
let first: PreparedSegmentation;
const progress: SegmentationProgress[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'segmentation-'));
  root = join(work, 'bench');
  first = await prepareSegmentation(root, SMALL, (step) => progress.push(step));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** A PNG's stored values, with no palette applied: what a reader of indices sees. */
async function storedValues(file: string): Promise<{ colourType: number; values: Uint8Array }> {
  const bytes = await readFile(file);
  const colourType = bytes[25]!;
  // A palette image is turned into a grey one: its indices are then the values.
  const plte = bytes.indexOf('PLTE', 0, 'latin1');
  const grey =
    colourType === 3 ? Buffer.concat([bytes.subarray(0, plte - 4), bytes.subarray(plte + 8 + 768)]) : bytes;
  if (colourType === 3) grey[25] = 0;
  const { data } = await sharp(fixHeaderCrc(grey))
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { colourType, values: new Uint8Array(data) };
}

function fixHeaderCrc(png: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of png.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  const fixed = Buffer.from(png);
  fixed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 29);
  return fixed;
}

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
};

describe('prepareSegmentation: the files', () => {
  it("writes GTA5's and Cityscapes' layouts, and the old task", async () => {
    expect((await readdir(root)).sort()).toEqual(
      ['cityscapes', 'contact-sheet.png', 'gta5', 'minibench.json', 'retention'].sort(),
    );
    const names = Array.from({ length: 11 }, (_, at) => `${String(at + 1).padStart(5, '0')}.png`);
    expect((await readdir(join(root, 'gta5/images'))).sort()).toEqual(names);
    expect((await readdir(join(root, 'gta5/labels'))).sort()).toEqual(names);
    const city = 'val/page1';
    expect((await readdir(join(root, 'cityscapes/leftImg8bit', city))).sort()[4]).toBe(
      'page1_000004_000000_leftImg8bit.png',
    );
    expect(await readdir(join(root, 'cityscapes/gtFine', city))).toHaveLength(5);
    const train = (await readFile(join(root, 'gta5/train.txt'), 'utf8')).split('\n').slice(0, -1);
    expect(train[7]).toBe('images/00008.png labels/00008.png');
    const val = (await readFile(join(root, 'gta5/val.txt'), 'utf8')).split('\n').slice(0, -1);
    expect([train.length, val.length, val[0]]).toEqual([8, 3, 'images/00009.png labels/00009.png']);
    expect(progress.at(-1)).toEqual({ split: 'retention', done: 16 + 968, total: 16 + 968 });
  });

  it('writes the label table where each layout has its root', async () => {
    for (const folder of ['gta5', 'cityscapes']) {
      const table: unknown = JSON.parse(await readFile(join(root, folder, 'labels.json'), 'utf8'));
      expect(table).toEqual(SEGMENTATION_LABELS);
    }
    const trained = SEGMENTATION_LABELS.filter(({ trainId }) => trainId !== 255);
    expect(trained.map(({ trainId }) => trainId)).toEqual(Array.from({ length: 11 }, (_, at) => at));
    expect(trained.every(({ id, trainId }) => id !== trainId)).toBe(true);
    expect(new Set(SEGMENTATION_LABELS.map(({ color }) => color.join())).size).toBe(
      SEGMENTATION_LABELS.length,
    );
  });

  it.each([
    ['gta5/images/00001.png', 'gta5/labels/00001.png', 3],
    [
      'cityscapes/leftImg8bit/val/page1/page1_000002_000000_leftImg8bit.png',
      'cityscapes/gtFine/val/page1/page1_000002_000000_gtFine_labelIds.png',
      0,
    ],
  ] as const)('%s is RGB, its label holds ids of the table', async (image, label, colourType) => {
    const { width, height, channels } = await sharp(join(root, image)).metadata();
    expect([width, height, channels]).toEqual([128, 64, 3]);
    const stored = await storedValues(join(root, label));
    expect(stored.colourType).toBe(colourType);
    expect(stored.values).toHaveLength(64 * 128);
    const counts = new Map<number, number>();
    for (const id of stored.values) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const id of counts.keys()) expect(known.has(id)).toBe(true);
    const digits = [...counts.keys()].filter((id) => id > BACKGROUND);
    expect(digits.length).toBeGreaterThanOrEqual(4);
    expect(digits.length).toBeLessThanOrEqual(10);
    expect(counts.get(BACKGROUND)!).toBeGreaterThan(0.4 * 64 * 128);
  });

  it('shows the colours of the ids to who looks at a palette label', async () => {
    const { values } = await storedValues(join(root, 'gta5/labels/00002.png'));
    const rgb = await sharp(join(root, 'gta5/labels/00002.png'))
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer();
    const at = values.findIndex((id) => id > BACKGROUND);
    const { color } = SEGMENTATION_LABELS.find(({ id }) => id === values[at])!;
    expect([...rgb.subarray(3 * at, 3 * at + 3)]).toEqual(color);
  });

  it('labels strokes as the digit they belong to, and rings every digit with a rim', async () => {
    const { values } = await storedValues(join(root, 'gta5/labels/00003.png'));
    const pixels = await sharp(join(root, 'gta5/images/00003.png')).toColourspace('b-w').raw().toBuffer();
    const ink = values.reduce((sum, id, at) => sum + (id > BACKGROUND ? pixels[at]! : 0), 0);
    const within = values.reduce((sum, id) => sum + (id > BACKGROUND ? 1 : 0), 0);
    expect(ink / within).toBeGreaterThan(100);
    for (const [at, id] of values.entries()) {
      if (id !== BACKGROUND) continue;
      const beside = [at % 128 > 0 ? values[at - 1]! : id, at >= 128 ? values[at - 128]! : id];
      for (const neighbour of beside) expect(neighbour === id || ignored.includes(neighbour)).toBe(true);
    }
  });

  it('litters the ground with ink that is background', async () => {
    const { values } = await storedValues(join(root, 'gta5/labels/00001.png'));
    const pixels = await sharp(join(root, 'gta5/images/00001.png')).toColourspace('b-w').raw().toBuffer();
    const litter = values.reduce((sum, id, at) => sum + (id === BACKGROUND && pixels[at]! > 128 ? 1 : 0), 0);
    expect(litter).toBeGreaterThan(100);
  });
});

describe('prepareSegmentation: determinism', () => {
  it('gives the same bytes for the same settings, and only adds scenes when a count grows', async () => {
    const more = await prepareSegmentation(join(work, 'more'), {
      ...SMALL,
      sourceCount: 9,
      heldOutCount: 2,
      targetCount: 7,
    });
    const again = await prepareSegmentation(join(work, 'again'), SMALL);
    const other = await prepareSegmentation(join(work, 'other'), { ...SMALL, seed: 3 });
    expect(again.manifest).toEqual(first.manifest);
    expect(more.manifest.digest).not.toBe(first.manifest.digest);
    for (const file of [
      'gta5/images/00008.png',
      'gta5/labels/00001.png',
      'cityscapes/gtFine/val/page1/page1_000004_000000_gtFine_labelIds.png',
    ]) {
      const bytes = await readFile(join(root, file));
      expect(await readFile(join(work, 'more', file))).toEqual(bytes);
      expect(await readFile(join(work, 'other', file))).not.toEqual(bytes);
    }
    expect(other.manifest.digest).not.toBe(first.manifest.digest);
  });

  it('uses no handwritten drawing in two scenes', async () => {
    const drawings = await handwrittenDrawings(createRng(1));
    const seen = new Set<Uint8Array>();
    for (let scene = 0; scene < TARGET_SCENES; scene++) {
      for (const { values } of drawings(scene, createRng(0)).digits) seen.add(values);
    }
    expect(seen.size).toBe(10 * TARGET_SCENES);
  });
});

describe('prepareSegmentation: an existing folder', () => {
  it('is reused with the same settings, refused with others, and found damaged', async () => {
    expect((await prepareSegmentation(root, SMALL)).reused).toBe(true);
    expect((await failure(prepareSegmentation(root, { ...SMALL, targetCount: 4 }))).message).toContain(
      'other settings',
    );
    const file = join(root, 'gta5/labels/00004.png');
    const bytes = await readFile(file);
    await writeFile(file, 'not a label');
    const error = await failure(prepareSegmentation(root, SMALL));
    expect(isUserError(error)).toBe(true);
    expect(error.message).toContain('its files have changed');
    await writeFile(file, bytes);
    expect((await prepareSegmentation(root, SMALL)).reused).toBe(true);
  });

  it('is left alone where it holds something else', async () => {
    const folder = join(work, 'mine');
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const error = await failure(prepareSegmentation(folder, SMALL));
    expect(error.message).toContain('something other than the segmentation benchmark');
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  it('does not appear where the work is stopped', async () => {
    const stop = new AbortController();
    const folder = join(work, 'stopped');
    const work_ = prepareSegmentation(folder, { ...SMALL, signal: stop.signal }, ({ done }) => {
      if (done === 3) stop.abort();
    });
    expect((await failure(work_)).name).toBe('AbortError');
    expect((await readdir(work)).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  it('lists all faults of the options at once', async () => {
    const error = await failure(
      prepareSegmentation(join(work, 'never'), {
        seed: 0.5,
        fonts: [],
        sourceCount: 0,
        targetCount: TARGET_SCENES + 1,
      }),
    );
    for (const part of ['seed', 'at least one font', 'sourceCount', 'targetCount'])
      expect(error.message).toContain(part);
  });
});
