import type { Rng } from '@syn2real/core';
import type { DenseDraw } from '@syn2real/datasets';

/** An image with pixels of rare classes. */
export interface MinedImage {
  /** Height and width. */
  readonly size: readonly [number, number];
  /** Pixels to centre on, by class. */
  readonly pixels: Readonly<Record<string, readonly number[]>>;
}

/**
 * A draw whose crop is centred on a pixel of a rare class, with some probability and where the image has one; moved to lie
 * inside, after the draw's own mirroring and scaling. Each rare class of the image is as likely.
 *
 * @see the released segmentation code of CRST: 0.8
 */
export function minedDraw(
  drawn: DenseDraw,
  { size: [height, width], pixels }: MinedImage,
  { crop, probability }: { readonly crop: number; readonly probability: number },
  rng: Rng,
): DenseDraw {
  const classes = Object.keys(pixels);
  if (classes.length === 0 || rng.uniform() >= probability) return drawn;
  const places = pixels[classes[rng.integer(classes.length)]!]!;
  const pixel = places[rng.integer(places.length)]!;
  const column = pixel % width;
  const x = drawn.mirror ? width - 1 - column : column;
  return {
    ...drawn,
    top: placeAround(Math.floor(pixel / width), height, drawn.scale, crop),
    left: placeAround(x, width, drawn.scale, crop),
  };
}

/** The place in [0, 1) among the crops of an axis that is centred on a pixel. */
function placeAround(pixel: number, length: number, scale: number, crop: number): number {
  const scaled = Math.max(1, Math.floor(length * scale));
  if (scaled <= crop) return 0;
  const origins = scaled - crop + 1;
  const first = Math.min(Math.max(Math.round((pixel + 0.5) * scale - crop / 2), 0), origins - 1);
  return (first + 0.5) / origins;
}
