import type { Rng } from '@syn2real/core';
import type { LabelImage } from '../decode/decode-label.js';
import { IGNORED } from '../labels/label-table.js';
import type { Size } from '../transform/geometry.js';
import { normalise } from '../transform/normalise.js';
import type { Pixels } from '../transform/pixels.js';
import { resizeLinear, resizeNearest } from './resize-cv.js';

/** How an image and its label become a training example. */
export interface DenseTransform {
  /** Side of the square crop, in pixels. */
  readonly crop: number;
  /** Probability that an image is mirrored left to right. */
  readonly mirror: number;
  /** The scale is drawn uniformly between these two. */
  readonly scale: readonly [least: number, most: number];
  /**
   * Where a crop may begin, along an axis of `n` > `crop` pixels. `full`: 0…n−crop. `released`: 0…n−crop+1, as the
   * released code draws it: the last place is one too far, and such a crop ends in a row or column of padding.
   */
  readonly cropOrigins: 'full' | 'released';
}

/** 512×512 crops of images scaled by 0.75…1.25, mirrored half the time. */
export const ASG_DENSE_TRANSFORM: DenseTransform = {
  crop: 512,
  mirror: 0.5,
  scale: [0.75, 1.25],
  cropOrigins: 'full',
};

/** What chance decides for one image. Plain JSON. */
export interface DenseDraw {
  readonly mirror: boolean;
  readonly scale: number;
  /** Place of the crop among the possible ones, in [0, 1). */
  readonly top: number;
  readonly left: number;
}

/** Draws what chance decides for one image: four numbers of the stream, always in this order. */
export function drawDense({ mirror, scale: [least, most] }: DenseTransform, rng: Rng): DenseDraw {
  return {
    mirror: rng.uniform() < mirror,
    scale: least + (most - least) * rng.uniform(),
    top: rng.uniform(),
    left: rng.uniform(),
  };
}

/** Where an example is written. */
export interface DenseExample {
  /** Normalised RGB, `[crop, crop, 3]`; 0 in the padding. */
  readonly image: Float32Array;
  /** Class indices, `[crop, crop]`; {@link IGNORED} in the padding. */
  readonly label: Uint8Array;
}

/**
 * Mirror, scale, crop, normalise and pad, in this order; image and label alike.
 *
 * The new size is (⌊h·s⌋, ⌊w·s⌋); the image is resized as OpenCV's `INTER_LINEAR` on bytes and the label as its
 * `INTER_NEAREST`, to the last bit. Only what the crop keeps is computed. Along an axis shorter than the crop,
 * ⌊missing/2⌋ pixels of padding stand before and the rest behind: 0 after normalisation, and {@link IGNORED}.
 *
 * @param label class indices
 * @param table from {@link normaliseTable}
 * @param out written over
 * @throws RangeError where label and image differ in size
 */
export function transformPair(
  image: Pixels,
  label: LabelImage,
  { crop, cropOrigins }: Pick<DenseTransform, 'crop' | 'cropOrigins'>,
  draw: DenseDraw,
  table: Float32Array,
  out: DenseExample,
): void {
  if (image.width !== label.width || image.height !== label.height) {
    throw new RangeError(
      `The image is ${image.width}×${image.height} pixels, its label ${label.width}×${label.height}.`,
    );
  }
  const size = scaledSize(image, draw.scale);
  const rows = cropSpan(size.height, crop, cropOrigins, draw.top);
  const columns = cropSpan(size.width, crop, cropOrigins, draw.left);
  const window = { top: rows.first, left: columns.first, height: rows.length, width: columns.length };
  const pixels = resizeLinear(image, size, window, draw.mirror);
  const classes = resizeNearest(label, size, window, draw.mirror);
  if (rows.length < crop || columns.length < crop) {
    out.image.fill(0);
    out.label.fill(IGNORED);
  }
  for (let y = 0; y < rows.length; y++) {
    const from = y * columns.length;
    const to = (y + rows.padBefore) * crop + columns.padBefore;
    normalise(pixels.subarray(from * 3, (from + columns.length) * 3), {
      table,
      out: out.image.subarray(to * 3, (to + columns.length) * 3),
    });
    out.label.set(classes.subarray(from, from + columns.length), to);
  }
}

/** (⌊h·s⌋, ⌊w·s⌋), at least one pixel. */
export function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** What of an axis a crop keeps, and where that lands in the crop. */
export interface CropSpan {
  readonly first: number;
  readonly length: number;
  readonly padBefore: number;
}

/** The crop of an axis of `size` pixels at `place` in [0, 1) of the possible origins. */
export function cropSpan(
  size: number,
  crop: number,
  origins: DenseTransform['cropOrigins'],
  place: number,
): CropSpan {
  const positions = size <= crop ? 1 : size - crop + (origins === 'full' ? 1 : 2);
  const first = Math.floor(place * positions);
  const length = Math.min(crop, size - first);
  return { first, length, padBefore: Math.floor((crop - length) / 2) };
}

/** @throws RangeError where an option is out of its range */
export function checkDenseTransform({
  crop,
  mirror,
  scale: [least, most],
  cropOrigins,
}: DenseTransform): void {
  if (!Number.isInteger(crop) || crop < 1 || crop > 16_384) {
    throw new RangeError(`crop is a number of pixels, an integer in 1…16384; got ${crop}.`);
  }
  if (!(mirror >= 0 && mirror <= 1)) throw new RangeError(`mirror is a probability, 0…1; got ${mirror}.`);
  if (!(least > 0 && least <= most && most <= 64)) {
    throw new RangeError(`scale is two numbers in order, above 0 and at most 64; got ${least}, ${most}.`);
  }
  if (cropOrigins !== 'full' && cropOrigins !== 'released') {
    throw new RangeError(`cropOrigins is full or released; got ${String(cropOrigins)}.`);
  }
}
