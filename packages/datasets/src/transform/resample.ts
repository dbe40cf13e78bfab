import { FIRST_BYTE, type Kernels, kernelsWith } from '../wasm/kernels.js';
import { type AxisTaps, axisTaps } from './coefficients.js';
import type { AxisCrop, Size } from './geometry.js';
import type { Pixels } from './pixels.js';

/** Bytes that the vector loops may read or write behind an area. */
const SPARE = 32;

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

/** Pillow 13 resamples down first where the height shrinks by more than twice as many pixels as the width. */
function downFirst(source: Size, target: Size): boolean {
  const less = source.height - target.height;
  return less > 0 && less > 2 * (source.width - target.width);
}

/**
 * Writes the part `columns` × `rows` of the image resized to `size` into `out`, RGB, `outWidth` pixels wide;
 * black around it. Nothing outside of that part is computed.
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
  const vertical = downFirst(source, size);
  const sourceStride = width * channels;
  const betweenStride = vertical ? across.length * channels : columns.length * 3;
  const betweenRows = vertical ? 1 : down.length;
  const used = data.subarray(down.first * sourceStride, (down.first + down.length) * sourceStride);

  let end = FIRST_BYTE;
  const area = (bytes: number): number => {
    const start = end;
    end += Math.ceil((bytes + SPARE) / 16) * 16;
    return start;
  };
  const acrossAt = area(tableBytes(across));
  const sourceAt = area(used.length);
  const betweenAt = area(betweenStride * betweenRows);
  const outAt = area(out.length);
  end += Math.max(sourceStride, betweenStride);
  const kernels = kernelsWith(end + SPARE + tableBytes(down));
  const downAt = end + SPARE;

  const { bytes } = kernels;
  const acrossTable = writeTable(bytes, acrossAt, across);
  const downTable = writeTable(bytes, downAt, down);
  bytes.set(used, sourceAt);
  const filled = columns.length === outWidth && rows.length * outWidth * 3 === out.length;
  if (!filled) bytes.fill(0, outAt, outAt + out.length);
  const place = (row: number) => outAt + ((row + rows.padBefore) * outWidth + columns.padBefore) * 3;
  const goAcross = (from: number, stride: number, count: number, to: number): void =>
    kernels.across(
      from,
      stride,
      count,
      channels,
      columns.length,
      acrossTable.from,
      acrossTable.pairs,
      acrossTable.weights,
      across.places,
      to,
      betweenStride,
    );
  const goDown = (row: number, from: number, stride: number, length: number, to: number): void =>
    kernels.mixRows(
      from + (down.from[row]! - down.first) * stride,
      stride,
      down.pairs[row]!,
      downTable.weights + row * down.places * 8,
      length,
      to,
    );

  if (vertical) {
    const left = across.first * channels;
    for (let row = 0; row < rows.length; row++) {
      goDown(row, sourceAt + left, sourceStride, betweenStride, betweenAt);
      goAcross(betweenAt - left, 0, 1, place(row));
    }
  } else {
    goAcross(sourceAt, sourceStride, down.length, betweenAt);
    for (let row = 0; row < rows.length; row++) {
      goDown(row, betweenAt, betweenStride, betweenStride, place(row));
    }
  }
  out.set(bytes.subarray(outAt, outAt + out.length));
}

/** Where a table's parts lie in the kernels' memory. */
interface Table {
  readonly from: number;
  readonly pairs: number;
  readonly weights: number;
}

function tableBytes({ from, pairs, weights }: AxisTaps): number {
  return from.byteLength + pairs.byteLength + weights.byteLength;
}

function writeTable(bytes: Kernels['bytes'], at: number, { from, pairs, weights }: AxisTaps): Table {
  const parts = [from, pairs, weights].map((part) => new Uint8Array(part.buffer));
  const starts: number[] = [];
  for (const part of parts) {
    bytes.set(part, at);
    starts.push(at);
    at += part.length;
  }
  return { from: starts[0]!, pairs: starts[1]!, weights: starts[2]! };
}
