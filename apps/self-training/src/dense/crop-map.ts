import type { ImageSize } from '@syn2real/core';
import { cropSpan, type DenseDraw, resizeNearest, scaledSize } from '@syn2real/datasets';

/**
 * The square of a map of bytes that a draw cuts of its image: mirrored, scaled to the nearest pixel and cut as the loader does
 * it to labels.
 *
 * @param values row by row
 * @param outside what stands where the square reaches beyond the image
 * @returns `[crop, crop]`
 */
export function cropMap(
  values: Uint8Array,
  [height, width]: ImageSize,
  { mirror, scale, top, left }: DenseDraw,
  { crop, outside }: { readonly crop: number; readonly outside: number },
): Uint8Array {
  const size = scaledSize({ width, height }, scale);
  const rows = cropSpan(size.height, crop, 'full', top);
  const columns = cropSpan(size.width, crop, 'full', left);
  const window = { top: rows.first, left: columns.first, height: rows.length, width: columns.length };
  const kept = resizeNearest({ values, width, height }, size, window, mirror);
  const out = new Uint8Array(crop * crop).fill(outside);
  for (let y = 0; y < rows.length; y++) {
    const row = kept.subarray(y * columns.length, (y + 1) * columns.length);
    out.set(row, (y + rows.padBefore) * crop + columns.padBefore);
  }
  return out;
}
