import { type AxisTaps, axisTaps } from './coefficients.js';
import type { AxisCrop, Size } from './geometry.js';
import { mixRows, type Rows, resampleRow } from './passes.js';
import type { Pixels } from './pixels.js';

/** The taps of the last few sizes: most sets have only a few. */
const remembered = new Map<string, AxisTaps>();
const REMEMBERED_SIZES = 64;

function tapsFor(source: number, target: number, { first, length }: AxisCrop): AxisTaps {
  const key = `${source}/${target}/${first}/${length}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const taps = axisTaps(source, target, first, length);
  if (remembered.size >= REMEMBERED_SIZES) remembered.clear();
  remembered.set(key, taps);
  return taps;
}

/** Which source pixels an axis reads. */
function rangeOf({ from, count }: AxisTaps): { first: number; length: number } {
  const last = from.length - 1;
  return { first: from[0]!, length: from[last]! + count[last]! - from[0]! };
}

/** Bytes between the two passes; grown as needed and used again. */
let scratch = new Uint8Array(0);

function scratchOf(bytes: number): Uint8Array {
  if (scratch.length < bytes) scratch = new Uint8Array(bytes);
  return scratch;
}

/** Pillow 13 resamples down first where the height shrinks by more than twice as many pixels as the width. */
function downFirst(source: Size, target: Size): boolean {
  const less = source.height - target.height;
  return less > 0 && less > 2 * (source.width - target.width);
}

/**
 * Writes the part `columns` × `rows` of the image resized to `size` into `out`, RGB, `outWidth` pixels wide.
 * Nothing outside of that part is computed.
 */
export function resampleInto(
  source: Pixels,
  size: Size,
  columns: AxisCrop,
  rows: AxisCrop,
  out: Uint8Array,
  outWidth: number,
): void {
  const { data, width, channels } = source;
  const across = tapsFor(width, size.width, columns);
  const down = tapsFor(source.height, size.height, rows);
  const image: Rows = { data, start: 0, stride: width * channels };
  const outStart = (row: number) => ((row + rows.padBefore) * outWidth + columns.padBefore) * 3;

  if (downFirst(source, size)) {
    const range = rangeOf(across);
    const stride = range.length * channels;
    const between = { data: scratchOf(stride), start: 0, stride };
    const part = { ...image, start: range.first * channels };
    for (let row = 0; row < rows.length; row++) {
      mixRows(part, row, stride, down, 0, between.data, 0);
      resampleRow(between, 0, channels, across, range.first, out, outStart(row));
    }
    return;
  }
  const range = rangeOf(down);
  const stride = columns.length * 3;
  const between = { data: scratchOf(range.length * stride), start: 0, stride };
  for (let row = 0; row < range.length; row++) {
    resampleRow(image, range.first + row, channels, across, 0, between.data, row * stride);
  }
  for (let row = 0; row < rows.length; row++) {
    mixRows(between, row, stride, down, range.first, out, outStart(row));
  }
}
