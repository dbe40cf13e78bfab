import type { Rng } from '@syn2real/core';
import type { MinibenchFont } from './fonts.js';
import { type GlyphRaster, rasterDigits, SUBPIXELS, shiftedImage } from './glyphs.js';
import type { LabelledImage } from './images.js';

/** The largest shift of a printed digit, in pixels, each way. */
const MAX_SHIFT = 2;

/**
 * The printed digits: image i shows digit i mod 10 in font ⌊i/10⌋ mod F, so that digits and fonts are balanced as
 * far as the count goes, shifted by up to ±2 px each way in steps of an eighth.
 *
 * An image depends on the seed, its font, digit and number alone; a larger count only adds images.
 */
export async function printedDigits(
  fonts: readonly MinibenchFont[],
  count: number,
  rng: Rng,
): Promise<LabelledImage[]> {
  const glyphs = new Map<MinibenchFont, GlyphRaster[]>();
  for (const font of fonts) glyphs.set(font, await rasterDigits(font));
  const images = Array.from({ length: count }, (_, index): LabelledImage => {
    const digit = index % 10;
    const font = fonts[Math.floor(index / 10) % fonts.length]!;
    const number = Math.floor(index / (10 * fonts.length));
    const name = `src_${font}_${String(number).padStart(4, '0')}`;
    const stream = rng.split(`${digit}/${name}`);
    const steps = 2 * MAX_SHIFT * SUBPIXELS + 1;
    const dx = stream.integer(steps) - MAX_SHIFT * SUBPIXELS;
    const dy = stream.integer(steps) - MAX_SHIFT * SUBPIXELS;
    return {
      path: `${digit}/${name}.png`,
      label: digit,
      pixels: () => shiftedImage(glyphs.get(font)![digit]!, dx, dy),
    };
  });
  return images.sort((a, b) => a.label - b.label || (a.path < b.path ? -1 : 1));
}
