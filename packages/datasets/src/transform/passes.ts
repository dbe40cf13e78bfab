import { type AxisTaps, PRECISION_BITS } from './coefficients.js';

const HALF = 1 << (PRECISION_BITS - 1);

/** Bytes read as rows: row r begins at `start + r·stride`. */
export interface Rows {
  readonly data: Uint8Array;
  readonly start: number;
  readonly stride: number;
}

/** One row across: pixels of `channels` (1 is repeated, a 4th is dropped) to RGB. `shift` source pixels are not there. */
export function resampleRow(
  { data, start, stride }: Rows,
  row: number,
  channels: number,
  { from, count, weights, stride: places }: AxisTaps,
  shift: number,
  out: Uint8Array,
  outStart: number,
): void {
  const rowStart = start + row * stride - shift * channels;
  const toGreen = channels === 1 ? 0 : 1;
  const toBlue = channels === 1 ? 0 : 2;
  const pixels = from.length;
  let to = outStart;
  for (let x = 0; x < pixels; x++) {
    let at = rowStart + from[x]! * channels;
    let w = x * places;
    const end = w + count[x]!;
    let weight = weights[w]!;
    let red = HALF + Math.imul(weight, data[at]!);
    let green = HALF + Math.imul(weight, data[at + toGreen]!);
    let blue = HALF + Math.imul(weight, data[at + toBlue]!);
    for (w++; w < end; w++) {
      at += channels;
      weight = weights[w]!;
      red = (red + Math.imul(weight, data[at]!)) | 0;
      green = (green + Math.imul(weight, data[at + toGreen]!)) | 0;
      blue = (blue + Math.imul(weight, data[at + toBlue]!)) | 0;
    }
    out[to] = red >> PRECISION_BITS;
    out[to + 1] = green >> PRECISION_BITS;
    out[to + 2] = blue >> PRECISION_BITS;
    to += 3;
  }
}

/** `length` bytes of output row `row`: its source rows added by weight. `shift` source rows are not there. */
export function mixRows(
  { data, start, stride }: Rows,
  row: number,
  length: number,
  { from, count, weights, stride: places }: AxisTaps,
  shift: number,
  out: Uint8Array,
  outStart: number,
): void {
  const first = start + (from[row]! - shift) * stride;
  const w = row * places;
  const taps = count[row]!;
  if (taps === 1) {
    out.set(data.subarray(first, first + length), outStart);
    return;
  }
  if (taps === 2) {
    const upper = weights[w]!;
    const lower = weights[w + 1]!;
    const next = first + stride;
    for (let i = 0; i < length; i++) {
      const sum = HALF + Math.imul(upper, data[first + i]!) + Math.imul(lower, data[next + i]!);
      out[outStart + i] = sum >> PRECISION_BITS;
    }
    return;
  }
  for (let i = 0; i < length; i++) {
    let sum = HALF;
    let at = first + i;
    for (let t = 0; t < taps; t++) {
      sum = (sum + Math.imul(weights[w + t]!, data[at]!)) | 0;
      at += stride;
    }
    out[outStart + i] = sum >> PRECISION_BITS;
  }
}
