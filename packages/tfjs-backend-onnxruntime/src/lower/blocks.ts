import type { Pads } from '../ir.js';
import type { LoweringContext } from './context.js';

type ImageShape = readonly [images: number, height: number, width: number, channels: number];

/** Some images, and some rows of each. */
export interface Part {
  readonly images: readonly [start: number, count: number];
  readonly rows: readonly [start: number, count: number];
}

export const wholeOf = ([n, height]: ImageShape): Part => ({ images: [0, n], rows: [0, height] });

/** Zeros, or another value, around each image of a blocked value. */
export function padBlocked(
  context: LoweringContext,
  x: string,
  [n, height, width, channels]: ImageShape,
  pads: Pads,
  value?: string,
): string {
  if (pads.every((pad) => pad === 0)) return x;
  const block = context.block!;
  const [top, left, bottom, right] = pads;
  return context.emit('Pad', [
    context.reshape(x, [(n * channels) / block, height, width * block]),
    context.integers([0, top, left * block, 0, bottom, right * block]),
    ...(value === undefined ? [] : [value]),
  ]);
}

/**
 * Part of a blocked value with the blocks of channels outermost, [C/B, images, rows, width, B]: long runs are copied,
 * by all threads.
 */
export function blocksOutermost(
  context: LoweringContext,
  x: string,
  [n, height, width, channels]: ImageShape,
  { images: [image, images], rows: [row, rows] }: Part,
): string {
  const block = context.block!;
  const blocks = channels / block;
  if (n === 1 && rows === height) return x;
  const runs = rows === height ? 1 : height;
  const taken = rows === height ? 1 : rows;
  const order: number[] = [];
  for (let b = 0; b < blocks; b++) {
    for (let i = image; i < image + images; i++) {
      for (let r = 0; r < taken; r++) order.push((i * blocks + b) * runs + (runs === 1 ? 0 : row + r));
    }
  }
  const view = context.reshape(x, [n * blocks * runs, (height / runs) * width * block]);
  return context.emit('Gather', [view, context.integers(order)], { axis: 0 });
}

/** Every so many pixels of a blocked value, `rows` × `columns` of each image, with the blocks outermost. */
export function subsampledBlocks(
  context: LoweringContext,
  x: string,
  [n, height, width, channels]: ImageShape,
  [stepY, stepX]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): string {
  const block = context.block!;
  const blocks = channels / block;
  const order: number[] = [];
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < n; i++) {
      for (let r = 0; r < rows; r++) {
        const start = ((i * blocks + b) * height + r * stepY) * width;
        for (let c = 0; c < columns; c++) order.push(start + c * stepX);
      }
    }
  }
  const view = context.reshape(x, [n * blocks * height * width, block]);
  return context.emit('Gather', [view, context.integers(order)], { axis: 0 });
}

/** More lines than this would need too large a table. */
const MAX_LINES = 1 << 19;

/**
 * Copies lines of B numbers to new places, by all threads: an array of the given sizes, its lines innermost, with its axes
 * in another order. Undefined where the table of places would be too large.
 */
export function transposeLines(
  context: LoweringContext,
  x: string,
  sizes: readonly number[],
  perm: readonly number[],
): string | undefined {
  const lines = sizes.reduce((a, b) => a * b, 1);
  if (lines > MAX_LINES) return undefined;
  const places = context.indices(`lines:${sizes.join()}:${perm.join()}`, () => {
    const strides = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((a, b) => a * b, 1));
    let order = Int32Array.of(0);
    for (const axis of perm) {
      const [size, stride, outer] = [sizes[axis]!, strides[axis]!, order];
      order = new Int32Array(outer.length * size);
      for (let i = 0; i < order.length; i++) order[i] = outer[Math.floor(i / size)]! + (i % size) * stride;
    }
    return order;
  });
  const view = context.reshape(x, [lines, context.block!]);
  return context.emit('Gather', [view, places], { axis: 0 });
}

/** [C/B, pixels, B] as [C, pixels]. */
export function channelsOutermost(
  context: LoweringContext,
  outermost: string,
  channels: number,
  pixels: number,
): string {
  const image = context.reshape(outermost, [1, channels, pixels, 1]);
  return context.reshape(context.emitBlocked('ReorderOutput', [image], { channels }), [channels, pixels]);
}
