import { type Rng, UserError } from '@syn2real/core';

/** Which classes are rare enough to be looked for. */
export interface MinedClassesOptions {
  /** Classes predicted for a smaller share of the pixels than this are mined. Default 1e-3. */
  readonly below?: number;
}

/**
 * The rare classes of a target set, by the share of its pixels that they are predicted for.
 *
 * @param shares by class, as in a round's report
 * @see the released segmentation code of CRST
 */
export function minedClasses(
  shares: ArrayLike<number>,
  { below = 1e-3 }: MinedClassesOptions = {},
): number[] {
  return Array.from(shares).flatMap((share, k) => (share < below ? [k] : []));
}

/** The `count` rarest classes, the rarest first; ties go to the lowest class. Default 3. */
export function rarestClasses(shares: ArrayLike<number>, count = 3): number[] {
  const all = Array.from(shares, (_, k) => k);
  return all.sort((a, b) => shares[a]! - shares[b]! || a - b).slice(0, count);
}

/** Height and width in pixels. */
export type MapSize = readonly [height: number, width: number];

/** Top left corner of a crop. */
export interface CropPlace {
  readonly top: number;
  readonly left: number;
  /** The mined class that it is centred on; undefined: it lies anywhere. */
  readonly mined?: number;
}

/** Options of {@link minedCrop}. */
export interface MinedCropOptions {
  readonly size: MapSize;
  readonly crop: MapSize;
  /** The classes to look for; see {@link minedClasses}. */
  readonly classes: readonly number[];
  /** How often an image with a mined class is cropped around it. Default 0.8. */
  readonly probability?: number;
}

/**
 * Where to crop an image so that rare classes are seen: with the given probability, where the label map has a mined
 * class, centred on a random pixel of it (each of its mined classes, then each pixel, as likely), moved to lie inside the
 * image; else anywhere.
 *
 * @param labels class of each pixel, row by row
 * @throws UserError where the crop is larger than the image, or the labels do not fill it
 * @example
 * ```ts
 * const { top, left } = minedCrop(labels, { size: [1024, 2048], crop: [512, 1024], classes: minedClasses(shares) }, rng);
 * ```
 * @see the released segmentation code of CRST
 */
export function minedCrop(
  labels: Uint8Array,
  { size, crop, classes, probability = 0.8 }: MinedCropOptions,
  rng: Rng,
): CropPlace {
  const [height, width] = size;
  const [rows, columns] = crop;
  if (
    !(rows >= 1 && columns >= 1 && rows <= height && columns <= width && labels.length === height * width)
  ) {
    throw new UserError({
      what: 'this crop cannot be taken',
      got: `${columns}×${rows} of ${width}×${height}, ${labels.length} labels`,
      expected: 'a crop no larger than the image, and a label a pixel',
      fix: 'enlarge the image, or crop less',
    });
  }
  const random = (most: number): number => rng.integer(most + 1);
  if (rng.uniform() < probability) {
    const counts = new Uint32Array(256);
    for (const k of labels) counts[k]! += 1;
    const present = classes.filter((k) => counts[k]! > 0);
    if (present.length > 0) {
      const mined = present[rng.integer(present.length)]!;
      const pixel = placeOf(labels, mined, rng.integer(counts[mined]!));
      const inside = (centre: number, length: number, most: number): number =>
        Math.min(Math.max(centre - Math.floor(length / 2), 0), most - length);
      return {
        top: inside(Math.floor(pixel / width), rows, height),
        left: inside(pixel % width, columns, width),
        mined,
      };
    }
  }
  return { top: random(height - rows), left: random(width - columns) };
}

/** Place of the `n`-th pixel of a class. */
function placeOf(labels: Uint8Array, mined: number, n: number): number {
  let left = n;
  return labels.findIndex((k) => k === mined && left-- === 0);
}
