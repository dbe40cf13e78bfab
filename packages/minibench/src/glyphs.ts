import sharp from 'sharp';
import { characterOutline, type MinibenchFont, openFont } from './fonts.js';

/** The side of an image in pixels. */
export const IMAGE_SIZE = 28;
/** The side of the box in the image's middle that a font's digits fill, as MNIST's do. */
const BOX = 20;
/** Sub-pixels along a pixel's side: shifts are whole sub-pixels. */
export const SUBPIXELS = 8;
const RASTER = IMAGE_SIZE * SUBPIXELS;

/** A digit at eight times the image's resolution, centred: 224 × 224 grey values, ink bright. */
export type GlyphRaster = Uint8Array;

/**
 * The ten digits of a font, all at the one scale at which the largest of them touches the 20 × 20 box,
 * each centred by its ink.
 */
export async function rasterDigits(name: MinibenchFont): Promise<GlyphRaster[]> {
  const font = await openFont(name);
  const outlines = Array.from({ length: 10 }, (_, digit) => characterOutline(font, String(digit)));
  const extent = Math.max(...outlines.map(({ box }) => Math.max(box.maxX - box.minX, box.maxY - box.minY)));
  const scale = (BOX * SUBPIXELS) / extent;
  return Promise.all(
    outlines.map(async ({ path, box }) => {
      const x = RASTER / 2 - (scale * (box.minX + box.maxX)) / 2;
      const y = RASTER / 2 + (scale * (box.minY + box.maxY)) / 2;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${RASTER}" height="${RASTER}"><rect width="100%" height="100%" fill="#000"/><path fill="#fff" transform="translate(${x} ${y}) scale(${scale} ${-scale})" d="${path}"/></svg>`;
      return new Uint8Array(await sharp(Buffer.from(svg)).toColourspace('b-w').raw().toBuffer());
    }),
  );
}

/**
 * The 28 × 28 image of a glyph shifted right by `dx` and down by `dy` sub-pixels: every pixel is the mean of its
 * 8 × 8 sub-pixels, black coming in at the edges.
 */
export function shiftedImage(glyph: GlyphRaster, dx: number, dy: number): Uint8Array {
  const image = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  for (let y = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      let sum = 0;
      for (let v = 0; v < SUBPIXELS; v++) {
        const row = y * SUBPIXELS + v - dy;
        if (row < 0 || row >= RASTER) continue;
        for (let u = 0; u < SUBPIXELS; u++) {
          const column = x * SUBPIXELS + u - dx;
          if (column >= 0 && column < RASTER) sum += glyph[row * RASTER + column]!;
        }
      }
      image[y * IMAGE_SIZE + x] = Math.round(sum / SUBPIXELS ** 2);
    }
  }
  return image;
}
