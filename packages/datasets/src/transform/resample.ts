import { type AxisTaps, axisTaps, PRECISION_BITS } from './coefficients.js';
import type { AxisCrop } from './geometry.js';
import type { Pixels } from './pixels.js';

const HALF = 1 << (PRECISION_BITS - 1);

/** Remembers the taps of the last few sizes: most sets have only a few. */
const remembered = new Map<string, AxisTaps>();
const REMEMBERED_SIZES = 64;

function tapsFor(source: number, target: number, first: number, length: number): AxisTaps {
  const key = `${source}/${target}/${first}/${length}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const taps = axisTaps(source, target, first, length);
  if (remembered.size >= REMEMBERED_SIZES) remembered.clear();
  remembered.set(key, taps);
  return taps;
}

/** Rows between the two passes; grown as needed and used again. */
let scratch = new Uint8Array(0);

/** Writes the part `columns` × `rows` of the image resized to `width` × `height` into `out` (RGB, `outWidth` wide). */
export function resampleInto(
  source: Pixels,
  { width, height }: { width: number; height: number },
  columns: AxisCrop,
  rows: AxisCrop,
  out: Uint8Array,
  outWidth: number,
): void {
  const across = tapsFor(source.width, width, columns.first, columns.length);
  const down = tapsFor(source.height, height, rows.first, rows.length);
  const firstRow = down.from[0]!;
  const last = rows.length - 1;
  const rowCount = down.from[last]! + down.count[last]! - firstRow;
  const rowBytes = columns.length * 3;
  if (scratch.length < rowCount * rowBytes) scratch = new Uint8Array(rowCount * rowBytes);

  for (let row = 0; row < rowCount; row++) {
    resampleRow(source, firstRow + row, across, scratch, row * rowBytes);
  }
  for (let row = 0; row < rows.length; row++) {
    const outStart = ((row + rows.padBefore) * outWidth + columns.padBefore) * 3;
    const from = (down.from[row]! - firstRow) * rowBytes;
    mixRows(scratch, from, rowBytes, down.weights, row * down.stride, down.count[row]!, out, outStart);
  }
}

/** First pass: one source row, `taps` across, into `rowBytes` of RGB. */
function resampleRow(source: Pixels, row: number, taps: AxisTaps, out: Uint8Array, outStart: number): void {
  const { data, channels } = source;
  const { from, count, weights, stride } = taps;
  const rowStart = row * source.width * channels;
  const green = channels === 1 ? 0 : 1;
  const blue = channels === 1 ? 0 : 2;
  let to = outStart;
  for (let x = 0; x < from.length; x++) {
    let red = HALF;
    let greenSum = HALF;
    let blueSum = HALF;
    let at = rowStart + from[x]! * channels;
    const firstWeight = x * stride;
    const end = firstWeight + count[x]!;
    for (let w = firstWeight; w < end; w++) {
      const weight = weights[w]!;
      red = (red + Math.imul(weight, data[at]!)) | 0;
      greenSum = (greenSum + Math.imul(weight, data[at + green]!)) | 0;
      blueSum = (blueSum + Math.imul(weight, data[at + blue]!)) | 0;
      at += channels;
    }
    out[to] = red >> PRECISION_BITS;
    out[to + 1] = greenSum >> PRECISION_BITS;
    out[to + 2] = blueSum >> PRECISION_BITS;
    to += 3;
  }
}

/** Second pass: `count` neighbouring rows of `length` bytes into one. */
function mixRows(
  rows: Uint8Array,
  from: number,
  length: number,
  weights: Int32Array,
  firstWeight: number,
  count: number,
  out: Uint8Array,
  outStart: number,
): void {
  if (count === 1) {
    out.set(rows.subarray(from, from + length), outStart);
    return;
  }
  if (count === 2) {
    const upper = weights[firstWeight]!;
    const lower = weights[firstWeight + 1]!;
    const next = from + length;
    for (let i = 0; i < length; i++) {
      out[outStart + i] =
        (HALF + Math.imul(upper, rows[from + i]!) + Math.imul(lower, rows[next + i]!)) >> PRECISION_BITS;
    }
    return;
  }
  for (let i = 0; i < length; i++) {
    let sum = HALF;
    let at = from + i;
    for (let w = 0; w < count; w++) {
      sum = (sum + Math.imul(weights[firstWeight + w]!, rows[at]!)) | 0;
      at += length;
    }
    out[outStart + i] = sum >> PRECISION_BITS;
  }
}
