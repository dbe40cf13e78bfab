import { cropAxis, resizedSize } from './geometry.js';
import type { Pixels } from './pixels.js';
import { resampleInto } from './resample.js';

/** torchvision's `Resize(resize)` on the shorter side, then `CenterCrop(crop)`; both in pixels. */
export interface ImageTransform {
  readonly resize: number;
  readonly crop: number;
}

/** VisDA-17 in ASG, training and evaluation alike: `Resize(224)`, `CenterCrop(224)`, nothing random. */
export const VISDA17_TRANSFORM: ImageTransform = { resize: 224, crop: 224 };

/** ImageNet evaluation: `Resize(256)`, `CenterCrop(224)`. */
export const IMAGENET_TRANSFORM: ImageTransform = { resize: 256, crop: 224 };

/**
 * All pixels of the image resized to `width` × `height` as `PIL.Image.resize(…, BILINEAR)` does, as RGB.
 *
 * A triangle filter widened by the down-sampling factor, two passes (across, then down) in 22-bit fixed point,
 * rounded to 8 bits after each.
 *
 * @returns `height·width·3` bytes
 * @throws RangeError where a side is not an integer in 1…16384, or the pixels do not fill their bytes
 * @example
 * ```ts
 * const half = resizeBilinearPil({ data, width: 384, height: 216, channels: 3 }, 192, 108);
 * ```
 * @see https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters
 */
export function resizeBilinearPil(source: Pixels, width: number, height: number): Uint8Array {
  checkPixels(source);
  checkSide('width', width);
  checkSide('height', height);
  const out = new Uint8Array(width * height * 3);
  const columns = cropAxis(width, width);
  resampleInto(source, { width, height }, columns, cropAxis(height, height), out, width);
  return out;
}

/**
 * The middle `crop` × `crop` pixels as torchvision's `CenterCrop`; black where the image is smaller.
 *
 * @returns `crop·crop·3` bytes, RGB
 */
export function centerCrop(source: Pixels, crop: number): Uint8Array {
  checkPixels(source);
  checkSide('crop', crop);
  const out = new Uint8Array(crop * crop * 3);
  const columns = cropAxis(source.width, crop);
  resampleInto(source, source, columns, cropAxis(source.height, crop), out, crop);
  return out;
}

/**
 * The whole transform, computing only the rows and columns that the crop keeps.
 *
 * @param out where to write `crop·crop·3` bytes; new memory by default. Its old content is written over.
 * @returns RGB, row by row: `[crop, crop, 3]`
 * @throws RangeError where a side is not an integer in 1…16384, or `out` does not fit
 * @example
 * ```ts
 * const { resize, crop } = VISDA17_TRANSFORM;
 * const rgb = transformPixels(await decodeImage(bytes), { resize, crop });
 * ```
 * @see https://docs.pytorch.org/vision/stable/transforms.html (Resize with antialiasing on PIL images, CenterCrop)
 */
export function transformPixels(
  source: Pixels,
  { resize, crop }: ImageTransform,
  out: Uint8Array = new Uint8Array(crop * crop * 3),
): Uint8Array {
  checkPixels(source);
  checkTransform({ resize, crop });
  if (out.length !== crop * crop * 3) {
    throw new RangeError(`The transform writes ${crop * crop * 3} bytes; got room for ${out.length}.`);
  }
  const size = resizedSize(source, resize);
  const columns = cropAxis(size.width, crop);
  const rows = cropAxis(size.height, crop);
  if (columns.length < crop || rows.length < crop) out.fill(0);
  resampleInto(source, size, columns, rows, out, crop);
  return out;
}

/** @throws RangeError where the sides are not integers in 1…16384 */
export function checkTransform({ resize, crop }: ImageTransform): void {
  checkSide('resize', resize);
  checkSide('crop', crop);
}

function checkSide(name: string, side: number): void {
  if (!Number.isInteger(side) || side < 1 || side > 16_384) {
    throw new RangeError(`${name} is a number of pixels, an integer in 1…16384; got ${side}.`);
  }
}

function checkPixels({ data, width, height, channels }: Pixels): void {
  if (width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new RangeError(
      `${width}×${height} pixels of ${channels} channels do not fill ${data.length} bytes.`,
    );
  }
}
