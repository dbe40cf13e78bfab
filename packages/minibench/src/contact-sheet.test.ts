import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.js';

let work: string;
const files: string[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'contact-sheet-'));
  for (const [index, background] of ['#ff0000', '#00ff00', '#0000ff'].entries()) {
    const file = join(work, `${index}.png`);
    await sharp({ create: { width: 28, height: 28, channels: 3, background } })
      .png()
      .toFile(file);
    files.push(file);
  }
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('contactSheet', () => {
  it('lays the images out in rows, each tile in its place', async () => {
    const sheet = await contactSheet([{ files }], { columns: 2, tile: 10 });
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([2 * 12 + 24, 12 + 28 + 12]);
    const at = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
    ];
    expect(at(17, 17)).toEqual([255, 0, 0]);
    expect(at(31, 17)).toEqual([0, 255, 0]);
    expect(at(17, 31)).toEqual([0, 0, 255]);
    expect(at(31, 31)).toEqual([0x2b, 0x2f, 0x36]);
  });

  it('draws titles, the same bytes each time', async () => {
    const rows = [{ title: 'Source: printed digits', files }];
    const [first, second] = [await contactSheet(rows), await contactSheet(rows)];
    expect(first).toEqual(second);
    const { data, info } = await sharp(first).raw().toBuffer({ resolveWithObject: true });
    const titleRows = data.subarray(12 * info.width * 3, 46 * info.width * 3);
    expect(titleRows.filter((value) => value > 200).length).toBeGreaterThan(300);
    expect(first).not.toEqual(await contactSheet([{ title: 'Target', files }]));
  });

  it('says which image cannot be read, and refuses an empty sheet', async () => {
    const broken = join(work, 'broken.png');
    await writeFile(broken, 'not an image');
    for (const file of [broken, join(work, 'absent.png')]) {
      await expect(contactSheet([{ files: [file] }])).rejects.toSatisfy(
        (error) => isUserError(error) && error.message.includes(file),
      );
    }
    await expect(contactSheet([{ title: 'none', files: [] }])).rejects.toThrow('needs images');
    await expect(contactSheet([{ files }], { columns: 0 })).rejects.toThrow('columns');
    await expect(contactSheet([{ files }], { tile: 1.5 })).rejects.toThrow('tile');
  });
});
