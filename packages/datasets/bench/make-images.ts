import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import sharp from 'sharp';

/** Sizes of the photographs; VisDA-17's are crops of many shapes. */
const PHOTO_SIZES = [
  [320, 240],
  [180, 400],
  [500, 375],
  [250, 188],
] as const;

/** Writes `count` renders (384×216 PNG) and as many photographs (JPEG, quality 90) with their lists; the same each time. */
export async function makeImages(root: string, count: number): Promise<void> {
  for (const [split, extension] of [
    ['train', 'png'],
    ['validation', 'jpg'],
  ] as const) {
    const folder = join(root, split, 'scene');
    await mkdir(folder, { recursive: true });
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const [width, height] = split === 'train' ? [384, 216] : PHOTO_SIZES[i % PHOTO_SIZES.length]!;
      const raw = sharp(paint(width, height, i), { raw: { width, height, channels: 3 } });
      const file = split === 'train' ? raw.png() : raw.jpeg({ quality: 90 });
      await writeFile(join(folder, `${i}.${extension}`), await file.toBuffer());
      lines.push(`scene/${i}.${extension} ${i % 12}`);
    }
    await writeFile(join(root, split, 'image_list.txt'), `${lines.join('\n')}\n`);
  }
}

/** A shaded, textured disc on a plain ground. */
function paint(width: number, height: number, seed: number): Buffer {
  const rng = createRng(seed);
  const pixels = Buffer.alloc(width * height * 3, 225);
  const radius = Math.min(width, height) * (0.3 + 0.15 * rng.uniform());
  const [wave, slope] = [0.05 + 0.3 * rng.uniform(), rng.uniform()];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((x - width / 2) ** 2 + (y - height / 2) ** 2 > radius ** 2) continue;
      const shade = 110 + 90 * Math.sin(wave * (x + slope * y)) + 12 * (rng.uniform() - 0.5);
      for (let c = 0; c < 3; c++) pixels[(y * width + x) * 3 + c] = shade + 18 * c;
    }
  }
  return pixels;
}
