import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import { decodeLabel, encodeLabel, GTA5_SIZE } from '@syn2real/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

const [HEIGHT, WIDTH] = GTA5_SIZE;
let fixture: Fixture;

beforeAll(async () => {
  fixture = await makeFixture({ source: 2, heldOut: 1, target: 1 });
});
afterAll(() => fixture.remove());

/** The label ids that count. */
function countedIds(): number[] {
  const table: { id: number; trainId: number }[] = JSON.parse(
    readFileSync(join(fixture.source, 'labels.json'), 'utf8'),
  );
  return table.filter(({ trainId }) => trainId !== 255).map(({ id }) => id);
}

function labelledPixels(label: string): number {
  const ids = countedIds();
  const { values } = decodeLabel(readFileSync(join(fixture.source, label)));
  return values.filter((id) => ids.includes(id)).length;
}

/** Adds an image that is some rows and columns off its label image, which has GTA5's size, to a list of the source. */
async function addPair(name: string, list: string, [rows, columns]: readonly [number, number]) {
  const rng = createRng(7).split(name);
  const size = { width: WIDTH + columns, height: HEIGHT + rows };
  const pixels = Uint8Array.from({ length: 30 * 20 * 3 }, () => rng.integer(256));
  const image = await sharp(pixels, { raw: { width: 30, height: 20, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill' })
    .png()
    .toBuffer();
  const ids = countedIds();
  const values = Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => ids[(i >> 5) % ids.length]!);
  writeFileSync(join(fixture.source, 'images', name), image);
  writeFileSync(join(fixture.source, 'labels', name), encodeLabel({ values, width: WIDTH, height: HEIGHT }));
  appendFileSync(join(fixture.source, list), `images/${name} labels/${name}\n`);
}

const short = ['--epochs', '1', '--measure-target', 'never', '--method', 'naive'];

describe('an image some pixels off its label image', () => {
  it('is trained on, measured at the size of its label, and named', async () => {
    const scene = readFileSync(join(fixture.source, 'val.txt'), 'utf8').trim().split(/\s+/)[1]!;
    await addPair('90001.png', 'val.txt', [-6, 2]);
    await addPair('90002.png', 'train.txt', [3, -10]);
    const out = join(fixture.root, 'near');
    const { code, err } = await run(...shortTraining(fixture, out), ...short);
    expect(err).not.toContain('error');
    expect(code).toBe(0);
    const { source, skipped } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(skipped).toEqual({});
    expect(source).toMatchObject({ images: 2, resized: ['images/90001.png'] });
    const counted = (source.confusion as number[][]).flat().reduce((sum, pixels) => sum + pixels, 0);
    expect(counted).toBe(HEIGHT * WIDTH + labelledPixels(scene));
    const steps = readFileSync(join(out, 'log.jsonl'), 'utf8').match(/"kind":"step"/g);
    expect(steps).toHaveLength(2);
  });

  it('is refused where it is far off, by both sizes', async () => {
    await addPair('90003.png', 'val.txt', [-100, 0]);
    const out = join(fixture.root, 'far');
    const held = ['--source-held-out', '3'];
    const { code, err } = await run(...shortTraining(fixture, out), ...short, ...held);
    expect(code).toBe(1);
    expect(err).toContain('labels/90003.png');
    expect(err).toContain(`${HEIGHT - 100}×${WIDTH}`);
    expect(err).toContain(`${HEIGHT}×${WIDTH}`);
    const skipping = [...held, '--skip-unreadable'];
    const second = await run(...shortTraining(fixture, `${out}-skipped`), ...short, ...skipping);
    expect(second.code).toBe(0);
    const { source, skipped } = JSON.parse(readFileSync(join(`${out}-skipped`, 'summary.json'), 'utf8'));
    expect(Object.keys(skipped).join()).toContain('90003.png');
    expect(source.resized).toEqual(['images/90001.png']);
  });
});
