import type { ImageSize } from '@syn2real/core';
import type { LabelImage } from '../decode/decode-label.js';
import type { Size } from '../transform/geometry.js';
import type { Pixels } from '../transform/pixels.js';
import { resizeLinear, resizeNearest } from './resize-cv.js';

/** How far a side may be from the nominal one, as a share of it: GTA5's deviating images are well within. */
const NEAR = 1 / 16;

/**
 * An image and its label at the same size: as they are where they agree, else, where both are near the nominal size,
 * resized to it.
 *
 * @param labelFile for the message
 * @throws Error that names both sizes
 */
export function fitPair(
  image: Pixels,
  label: LabelImage,
  nominal: ImageSize | undefined,
  labelFile: string,
): { image: Pixels; label: LabelImage } {
  const problem = sizeProblem(image, label, nominal);
  if (problem === 'none') return { image, label };
  if (problem === 'differ') {
    throw new Error(
      `it is ${image.width}×${image.height} pixels, its label image ${labelFile} is ${label.width}×${label.height}`,
    );
  }
  const [height, width] = nominal!;
  const size = { height, width };
  const whole = { top: 0, left: 0, ...size };
  return {
    image: { data: resizeLinear(image, size, whole), channels: 3, ...size },
    label: { values: resizeNearest(label, size, whole), ...size },
  };
}

/** Whether an image and its label agree in size, differ but are both near the nominal size, or differ. */
export function sizeProblem(
  image: Size,
  label: Size,
  nominal: ImageSize | undefined,
): 'none' | 'near' | 'differ' {
  if (image.width === label.width && image.height === label.height) return 'none';
  const near = ({ width, height }: Size): boolean =>
    nominal !== undefined &&
    Math.abs(height - nominal[0]) <= nominal[0] * NEAR &&
    Math.abs(width - nominal[1]) <= nominal[1] * NEAR;
  return near(image) && near(label) ? 'near' : 'differ';
}
