import type { Rng } from '@syn2real/core';
import { flipHorizontal, resizeBilinearPil } from '@syn2real/datasets';

/** How a training image is varied. */
export interface RandomCropOptions {
  /** Share of the area that is kept, from – to. */
  readonly scale: readonly [number, number];
  /** Whether half of the images are mirrored. */
  readonly flip: boolean;
}

/**
 * torchvision's `RandomResizedCrop(side, scale)` with its ratios of 3/4 to 4/3, then `RandomHorizontalFlip`, on an image
 * that is a square of that side already.
 *
 * @param image RGB bytes `[side, side, 3]`
 * @returns as many bytes, new
 */
export function randomCrop(
  image: Uint8Array,
  side: number,
  { scale, flip }: RandomCropOptions,
  rng: Rng,
): Uint8Array {
  const { top, left, height, width } = place(side, scale, rng);
  const crop = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * side + left) * 3;
    crop.set(image.subarray(from, from + width * 3), row * width * 3);
  }
  const resized =
    height === side && width === side
      ? crop
      : resizeBilinearPil({ data: crop, width, height, channels: 3 }, side, side);
  return flip && rng.uniform() < 0.5 ? flipHorizontal(resized, { width: side }) : resized;
}

function place(side: number, [least, most]: readonly [number, number], rng: Rng) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = side * side * (least + (most - least) * rng.uniform());
    const ratio = Math.exp(Math.log(3 / 4) + (Math.log(4 / 3) - Math.log(3 / 4)) * rng.uniform());
    const [width, height] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (width < 1 || height < 1 || width > side || height > side) continue;
    return { top: rng.integer(side - height + 1), left: rng.integer(side - width + 1), height, width };
  }
  return { top: 0, left: 0, height: side, width: side };
}
