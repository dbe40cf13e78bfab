/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Size after torchvision's `Resize(shorter)`: the shorter side becomes `shorter`, the other `⌊shorter·long/short⌋`.
 *
 * @example
 * ```ts
 * resizedSize({ width: 384, height: 216 }, 224); // { width: 398, height: 224 }
 * ```
 */
export function resizedSize({ width, height }: Size, shorter: number): Size {
  return width <= height
    ? { width: shorter, height: Math.trunc((shorter * height) / width) }
    : { width: Math.trunc((shorter * width) / height), height: shorter };
}

/** Offset of torchvision's `CenterCrop` along one axis: (size − crop) / 2, halves to the even number. */
export function cropOffset(size: number, crop: number): number {
  const half = (size - crop) / 2;
  const floor = Math.floor(half);
  if (half - floor !== 0.5) return Math.round(half);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What of a resized axis is kept, and where it lands in the crop: outside of it the crop is black. */
export interface AxisCrop {
  readonly first: number;
  readonly length: number;
  readonly padBefore: number;
}

/** torchvision's `CenterCrop` along one axis; an axis shorter than the crop is padded, ⌊missing/2⌋ before. */
export function cropAxis(size: number, crop: number): AxisCrop {
  if (size >= crop) return { first: cropOffset(size, crop), length: crop, padBefore: 0 };
  return { first: 0, length: size, padBefore: Math.floor((crop - size) / 2) };
}
