import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { MINIBENCH_FONTS, openFont } from './fonts.js';
import { IMAGE_SIZE, rasterDigits, SUBPIXELS, shiftedImage } from './glyphs.js';

const require = createRequire(import.meta.url);

describe('the fonts', () => {
  it.each(MINIBENCH_FONTS)(
    '%s: ten digits, none empty, no two alike, all within the 20 px box',
    async (name) => {
      const glyphs = await rasterDigits(name);
      const images = glyphs.map((glyph) => shiftedImage(glyph, 0, 0));
      expect(new Set(images.map((image) => Buffer.from(image).toString('hex'))).size).toBe(10);
      for (const image of images) {
        expect(image.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(20 * 255);
        for (const [index, value] of image.entries()) {
          const [x, y] = [index % IMAGE_SIZE, Math.floor(index / IMAGE_SIZE)];
          if (Math.min(x, y) < 4 || Math.max(x, y) > 23) expect(value).toBe(0);
        }
      }
      const inkRows = images.map((image) => extent(image));
      expect(Math.max(...inkRows)).toBeGreaterThanOrEqual(20);
    },
  );

  it('are pinned dependencies under the Open Font License', async () => {
    const own = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of MINIBENCH_FONTS) {
      expect(own.dependencies[`@fontsource/${name}`]).toMatch(/^\d+\.\d+\.\d+$/);
      const font = JSON.parse(
        await readFile(require.resolve(`@fontsource/${name}/package.json`), 'utf8'),
      ) as { license: string };
      expect(font.license).toBe('OFL-1.1');
    }
    const listed = Object.keys(own.dependencies).filter((name) => name.startsWith('@fontsource/'));
    expect(listed).toEqual(MINIBENCH_FONTS.map((name) => `@fontsource/${name}`));
  });

  it.each(MINIBENCH_FONTS)('%s stands upright and is not mirrored', async (name) => {
    const glyphs = await rasterDigits(name);
    const ink = (digit: number, within: (x: number, y: number) => boolean) =>
      shiftedImage(glyphs[digit]!, 0, 0).reduce(
        (sum, value, index) =>
          within(index % IMAGE_SIZE, Math.floor(index / IMAGE_SIZE)) ? sum + value : sum,
        0,
      );
    expect(ink(7, (x, y) => y < 14 && x >= 14)).toBeGreaterThan(ink(7, (x, y) => y >= 14 && x >= 14));
    expect(ink(3, (x) => x >= 14)).toBeGreaterThan(ink(3, (x) => x < 14));
  });

  it('open as files of the named family', async () => {
    expect((await openFont('libre-baskerville')).familyName).toBe('Libre Baskerville');
  });
});

describe('shiftedImage', () => {
  it('moves the image by whole pixels, right and down', async () => {
    const glyph = (await rasterDigits('arvo'))[4]!;
    const still = shiftedImage(glyph, 0, 0);
    const moved = shiftedImage(glyph, 2 * SUBPIXELS, -SUBPIXELS);
    for (let y = 0; y < IMAGE_SIZE; y++) {
      for (let x = 0; x < IMAGE_SIZE; x++) {
        const from = still[(y + 1) * IMAGE_SIZE + x - 2];
        expect(moved[y * IMAGE_SIZE + x]).toBe(y + 1 < IMAGE_SIZE && x >= 2 ? from : 0);
      }
    }
  });

  it('averages the sub-pixels of a pixel', () => {
    const glyph = new Uint8Array((IMAGE_SIZE * SUBPIXELS) ** 2);
    for (let v = 0; v < SUBPIXELS; v++) glyph[v * IMAGE_SIZE * SUBPIXELS] = 255;
    expect(shiftedImage(glyph, 0, 0)[0]).toBe(Math.round(255 / 8));
    expect(shiftedImage(glyph, 0, 4)[0]).toBe(Math.round(255 / 16));
    expect(shiftedImage(glyph, 0, 4)[IMAGE_SIZE]).toBe(Math.round(255 / 16));
    expect(shiftedImage(glyph, -1, 0)[0]).toBe(0);
  });
});

function extent(image: Uint8Array): number {
  const used = Array.from(image.entries()).filter(([, value]) => value > 0);
  const rows = used.map(([index]) => Math.floor(index / IMAGE_SIZE));
  const columns = used.map(([index]) => index % IMAGE_SIZE);
  return Math.max(Math.max(...rows) - Math.min(...rows) + 1, Math.max(...columns) - Math.min(...columns) + 1);
}
