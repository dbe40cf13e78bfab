import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import sharp from 'sharp';
import { colorsOf, encodeLabel, GTA5_LABELS, GTA5_SIZE } from '../src/index.js';

const [HEIGHT, WIDTH] = GTA5_SIZE;

/** Writes `count` made-up scenes of GTA5's size in its layout; the same each time. Files are about as large as its own. */
export async function makeScenes(root: string, count: number): Promise<void> {
  await mkdir(join(root, 'images'), { recursive: true });
  await mkdir(join(root, 'labels'), { recursive: true });
  const palette = colorsOf(GTA5_LABELS);
  for (let i = 0; i < count; i++) {
    const { pixels, values } = paint(i);
    const name = `${String(i + 1).padStart(5, '0')}.png`;
    const raw = { width: WIDTH, height: HEIGHT, channels: 3 as const };
    const png = sharp(pixels, { raw }).png({ adaptiveFiltering: true });
    await writeFile(join(root, 'images', name), await png.toBuffer());
    const label = encodeLabel({ values, width: WIDTH, height: HEIGHT }, { palette });
    await writeFile(join(root, 'labels', name), label);
  }
}

/** Blocks of label ids with wavy borders, each in a shade of its own with some grain. */
function paint(seed: number): { pixels: Uint8Array; values: Uint8Array } {
  const rng = createRng(seed);
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
  const values = new Uint8Array(WIDTH * HEIGHT);
  const grain = Uint8Array.from({ length: 65_521 }, () => rng.integer(7));
  const ids = Uint8Array.from({ length: 400 }, () => rng.integer(34));
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at++) {
      const block = ((x + 20 * Math.sin(y / 31)) >> 7) + 20 * ((y + 15 * Math.sin(x / 47)) >> 7);
      const id = ids[Math.abs(block) % 400]!;
      values[at] = id;
      for (let c = 0; c < 3; c++) {
        pixels[at * 3 + c] = 30 + id * 5 + c * 9 + (x >> 6) + grain[(at * 3 + c) % 65_521]!;
      }
    }
  }
  return { pixels, values };
}
