import type { Size } from '../transform/geometry.js';
import type { Pixels } from '../transform/pixels.js';
import { FIRST_BYTE, kernelsWith } from '../wasm/kernels.js';
import { linearAxis, nearestAxis } from './linear-axis.js';

/** A rectangle of an image, in pixels. */
export interface Window extends Size {
  readonly top: number;
  readonly left: number;
}

/** Bytes that the vector loops may read or write behind an area. */
const SPARE = 32;

/**
 * The part `window` of the image mirrored (where asked for) and then resized to `size`, as OpenCV's `INTER_LINEAR`
 * on bytes; nothing outside of that part is computed.
 *
 * @returns RGB `[window.height, window.width, 3]`
 */
export function resizeLinear(source: Pixels, size: Size, window: Window, mirror = false): Uint8Array {
  const { data, width, channels } = source;
  const columns = linearAxis(width, size.width, window.left, window.width, true);
  const rows = linearAxis(source.height, size.height, window.top, window.height, false);
  const stride = width * channels;
  const firstRow = rows.first[0]!;
  const used = data.subarray(firstRow * stride, (rows.second[window.height - 1]! + 1) * stride);

  const sourceAt = FIRST_BYTE;
  const columnsAt = align(sourceAt + used.length);
  const rowsAt = align(columnsAt + 12 * window.width);
  const betweenAt = align(rowsAt + 16 * window.height);
  const outAt = align(betweenAt + 2 * (12 * window.width + SPARE));
  const outBytes = 3 * window.width * window.height;
  const { bytes, linear } = kernelsWith(align(outAt + outBytes));
  bytes.set(used, sourceAt);
  const table = new DataView(bytes.buffer);
  const offset = (pixel: number) => (mirror ? width - 1 - pixel : pixel) * channels;
  for (let x = 0; x < window.width; x++) {
    const at = columnsAt + 12 * x;
    table.setInt32(at, offset(columns.first[x]!), true);
    table.setInt32(at + 4, offset(columns.second[x]!), true);
    table.setInt16(at + 8, columns.firstWeight[x]!, true);
    table.setInt16(at + 10, columns.secondWeight[x]!, true);
  }
  for (let y = 0; y < window.height; y++) {
    const at = rowsAt + 16 * y;
    table.setInt32(at, rows.first[y]! - firstRow, true);
    table.setInt32(at + 4, rows.second[y]! - firstRow, true);
    table.setInt32(at + 8, rows.firstWeight[y]!, true);
    table.setInt32(at + 12, rows.secondWeight[y]!, true);
  }
  linear(sourceAt, stride, channels, columnsAt, window.width, rowsAt, window.height, betweenAt, outAt);
  return bytes.slice(outAt, outAt + outBytes);
}

/**
 * The same part of a label image, as OpenCV's `INTER_NEAREST`.
 *
 * @returns `[window.height, window.width]`
 */
export function resizeNearest(
  source: Size & { readonly values: Uint8Array },
  size: Size,
  window: Window,
  mirror = false,
): Uint8Array {
  const { values, width } = source;
  const columns = nearestAxis(width, size.width, window.left, window.width);
  const rows = nearestAxis(source.height, size.height, window.top, window.height);
  if (mirror) for (let x = 0; x < columns.length; x++) columns[x] = width - 1 - columns[x]!;
  const out = new Uint8Array(window.width * window.height);
  for (let y = 0, to = 0; y < window.height; y++) {
    const row = rows[y]! * width;
    for (let x = 0; x < window.width; x++) out[to++] = values[row + columns[x]!]!;
  }
  return out;
}

function align(bytes: number): number {
  return Math.ceil((bytes + SPARE) / 16) * 16;
}
