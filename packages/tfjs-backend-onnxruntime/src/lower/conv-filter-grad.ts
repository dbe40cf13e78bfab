import type { IrNode, Op, Operand, Pads, Window } from '../ir.js';
import {
  blocksOutermost,
  channelsOutermost,
  type Part,
  padBlocked,
  subsampledBlocks,
  transposeLines,
  wholeOf,
} from './blocks.js';
import type { LoweringContext } from './context.js';
import { blockedConv, subsample } from './conv.js';
import { gemm } from './gemm.js';
import { readsBlocked } from './layout.js';
import { isPointwise, isUnitStride } from './window.js';

type ConvFilterGrad = Extract<Op, { kind: 'convFilterGrad' }>;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function pad(
  context: LoweringContext,
  x: string,
  before: readonly number[],
  after: readonly number[],
): string {
  if ([...before, ...after].every((size) => size === 0)) return x;
  return context.emit('Pad', [x, context.integers([...before, ...after])]);
}

/** Columns of x under every tap, [pixels of dy, taps · channels], times dy. */
function imageToColumns(context: LoweringContext, node: IrNode, op: ConvFilterGrad): string {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [kh, kw, ci, co] = node.output.shape as [number, number, number, number];
  const [n, oh, ow] = dy.shape as [number, number, number, number];
  const { pads, strides, dilations } = op.window;
  const padded = pad(context, context.plain(x), [0, pads[0], pads[1], 0], [0, pads[2], pads[3], 0]);
  const columns = range(kh * kw).map((tap) => {
    const [top, left] = [Math.floor(tap / kw) * dilations[0], (tap % kw) * dilations[1]];
    return context.emit('Slice', [
      padded,
      context.integers([top, left]),
      context.integers([top + (oh - 1) * strides[0] + 1, left + (ow - 1) * strides[1] + 1]),
      context.integers([1, 2]),
      context.integers([...strides]),
    ]);
  });
  const pixels = n * oh * ow;
  return gemm(
    context,
    context.reshape(context.emit('Concat', columns, { axis: 3 }), [pixels, kh * kw * ci]),
    context.reshape(context.plain(dy), [pixels, co]),
    { transA: true },
  );
}

/**
 * Unit stride: x beside its column shifts, dy beside its row shifts, and one product,
 * dw[r, s] = Σ x[h, w + s] · dy[h − r, w].
 */
function shifted(context: LoweringContext, node: IrNode, op: ConvFilterGrad): string {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [kh, kw, ci, co] = node.output.shape as [number, number, number, number];
  const [n, height, width] = x.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const [top, left] = op.window.pads;
  // Column shift s shows x[·, j + s − left] at column j of dy.
  const columns = range(kw).map((s) =>
    pad(context, context.plain(x), [0, 0, left - s, 0], [0, 0, ow - width - (left - s), 0]),
  );
  // Row shift r shows dy[i − r + top] at row i of x.
  const rows = range(kh).map((r) =>
    pad(context, context.plain(dy), [0, r - top, 0, 0], [0, height - oh - (r - top), 0, 0]),
  );
  const pixels = n * height * ow;
  const product = gemm(
    context,
    context.reshape(context.emit('Concat', columns, { axis: 3 }), [pixels, kw * ci]),
    context.reshape(context.emit('Concat', rows, { axis: 3 }), [pixels, kh * co]),
    { transA: true },
  );
  const split = context.reshape(product, [kw * ci, kh, co]);
  return context.emit('Transpose', [split], { perm: [1, 0, 2] });
}

/** Pixels of dy that fit in the cache with the 64 channels that the blocked convolution works on at a time. */
const MAX_PIXELS = 16384;

/** Channels a blocked convolution takes: whole blocks, or less than one. */
function channelParts(images: number, block: number): (readonly [number, number])[] {
  const whole = images - (images % block);
  const parts: (readonly [number, number])[] = [
    [0, whole],
    [whole, images - whole],
  ];
  return parts.filter(([, count]) => count > 0);
}

function ranges(total: number, size: number): (readonly [number, number])[] {
  const count = Math.ceil(total / size);
  return Array.from({ length: count }, (_, i): readonly [number, number] => {
    const start = Math.floor((i * total) / count);
    return [start, Math.floor(((i + 1) * total) / count) - start];
  });
}

/**
 * Splits dy for the sums of a filter's gradient: the whole of dy is read again for every few results, so a part that the
 * cache cannot hold costs twice the time.
 */
export function gradientParts(images: number, height: number, width: number, block: number): Part[] {
  const whole: readonly [number, number] = [0, height];
  const perImage = height * width;
  if (images * perImage <= MAX_PIXELS || height === 1) {
    return channelParts(images, block).map((part) => ({ images: part, rows: whole }));
  }
  if (perImage <= MAX_PIXELS) {
    const group = Math.min(block - 1, Math.floor(MAX_PIXELS / perImage));
    return ranges(images, group).map((part) => ({ images: part, rows: whole }));
  }
  const bands = ranges(height, Math.max(1, Math.floor(MAX_PIXELS / width)));
  return range(images).flatMap((image) => bands.map((rows): Part => ({ images: [image, 1], rows })));
}

/** NHWC as [C, N, H, W], N in blocks where there are so many. */
function imagesAsChannels(
  context: LoweringContext,
  x: string,
  [n, height, width, channels]: readonly [number, number, number, number],
): string {
  const pixels = context.reshape(x, [n * height * width, channels]);
  const transposed = context.emit('Transpose', [pixels], { perm: [1, 0] });
  const images = context.reshape(transposed, [channels, n, height, width]);
  return n < context.block! ? images : context.emitBlocked('ReorderInput', [images], {});
}

/** Part of a blocked gradient as a filter [C, N, H, W]: C in blocks, N too where there are so many. */
function gradientAsFilter(context: LoweringContext, dy: Operand, part: Part): string {
  const [n, height, width, channels] = dy.shape as [number, number, number, number];
  const block = context.block!;
  const [images, rows] = [part.images[1], part.rows[1]];
  const outermost = blocksOutermost(context, context.blocked(dy), [n, height, width, channels], part);
  const shape = [channels, images, rows, width];
  if (images < block) return context.reshape(outermost, shape);
  const split = context.reshape(outermost, [channels / block, images / block, block, rows * width, block]);
  return context.reshape(context.emit('Transpose', [split], { perm: [0, 1, 3, 2, 4] }), shape);
}

/** x between zeros, parts of it as [C, N, H, W], N in blocks where there are so many. */
function shownImages(context: LoweringContext, x: Operand, pads: Pads): (part: Part) => string {
  const [n, inHeight, inWidth, channels] = x.shape as [number, number, number, number];
  const [top, left, bottom, right] = pads;
  const [height, width] = [inHeight + top + bottom, inWidth + left + right];
  if (!context.canBlock(x)) {
    const padded = pad(context, context.plain(x), [0, top, left, 0], [0, bottom, right, 0]);
    return ({ images: [image, images], rows: [row, rows] }) => {
      const isWhole = images === n && rows === height;
      const cut = () => [
        padded,
        context.integers([image, row]),
        context.integers([image + images, row + rows]),
        context.integers([0, 1]),
      ];
      const shown = isWhole ? padded : context.emit('Slice', cut());
      return imagesAsChannels(context, shown, [images, rows, width, channels]);
    };
  }
  const shape = [n, height, width, channels] as const;
  const padded = padBlocked(context, context.blocked(x), [n, inHeight, inWidth, channels], pads);
  return (part) => {
    const [images, rows] = [part.images[1], part.rows[1]];
    const outermost = blocksOutermost(context, padded, shape, part);
    const lines = channelsOutermost(context, outermost, channels, images * rows * width);
    const shown = context.reshape(lines, [channels, images, rows, width]);
    return images < context.block! ? shown : context.emitBlocked('ReorderInput', [shown], {});
  };
}

/**
 * dw = Σ x[·, h·s + r·d, w·s + q·d] · dy[·, h, w] as a blocked convolution whose filter is the whole of dy: x's channels
 * are its images, the images its channels, and its few output pixels the taps. No columns are copied.
 */
function blockedWholeImage(context: LoweringContext, node: IrNode, op: ConvFilterGrad): string {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [kh, kw, ci, co] = node.output.shape as [number, number, number, number];
  const [n, inHeight, inWidth] = x.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const { pads, strides, dilations } = op.window;
  const extent = (out: number, kernel: number, axis: 0 | 1) =>
    (out - 1) * strides[axis] + (kernel - 1) * dilations[axis] + 1;
  const [rows, columns] = [extent(oh, kh, 0), extent(ow, kw, 1)];
  const [below, right] = [rows - inHeight - pads[0], columns - inWidth - pads[1]];
  const shown = shownImages(context, x, [pads[0], pads[1], below, right]);
  const window: Omit<Window, 'kernel'> = { strides: dilations, dilations: strides, pads: [0, 0, 0, 0] };
  let sum: string | undefined;
  for (const part of gradientParts(n, oh, ow, context.block!)) {
    const [row, height] = part.rows;
    const under: Part = { images: part.images, rows: [row * strides[0], extent(height, kh, 0)] };
    const filter = gradientAsFilter(context, dy, part);
    sum = blockedConv(context, shown(under), filter, { ...window, kernel: [height, ow] }, { residual: sum });
  }
  // [in, out/B, taps, B], the taps to come first.
  const block = context.block!;
  const placed = transposeLines(context, sum!, [ci, co / block, kh * kw], [2, 0, 1]);
  if (placed !== undefined) return placed;
  // [in, taps, out] in TensorFlow.js's layout, then taps first.
  const lines = context.emitBlocked('ReorderOutput', [sum!], { channels: co, channels_last: 1 });
  const order = range(kh * kw).flatMap((tap) => range(ci).map((channel) => channel * kh * kw + tap));
  const flat = context.reshape(lines, [ci * kh * kw, co]);
  return context.emit('Gather', [flat, context.integers(order)], { axis: 0 });
}

/** A product whose larger side gives the rows is the faster one; turning a small result costs next to nothing. */
const TURNED_PIXELS = 4;

/** Images of this size are multiplied one by one and summed: that costs less than bringing their channels together. */
const LARGE_IMAGE = 2048;

/** [C, pixels] of x and of dy, or [images, C, pixels] of large ones, and their product over the pixels. */
function pointwiseBlocked(context: LoweringContext, node: IrNode, op: ConvFilterGrad): string {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [, , ci, co] = node.output.shape as [number, number, number, number];
  const xShape = x.shape as [number, number, number, number];
  const dyShape = dy.shape as [number, number, number, number];
  const [n, oh, ow] = dyShape;
  const pixels = n * oh * ow;
  const isTurned = ci < co && pixels >= TURNED_PIXELS * co;
  const ordered = (a: string, b: string): [string, string] => (isTurned ? [b, a] : [a, b]);
  let dw: string;
  if (n > 1 && oh * ow >= LARGE_IMAGE && isUnitStride(op.window)) {
    const channelsFirst = (operand: Operand, channels: number) =>
      context.reshape(context.emitBlocked('ReorderOutput', [context.blocked(operand)], { channels }), [
        n,
        channels,
        oh * ow,
      ]);
    const operands = ordered(channelsFirst(x, ci), channelsFirst(dy, co));
    const products = context.emitMicrosoft('FusedMatMul', operands, { transB: 1 });
    dw = context.emit('ReduceSum', [products, context.integers([0])], { keepdims: 0 });
  } else {
    const picked = isUnitStride(op.window)
      ? blocksOutermost(context, context.blocked(x), xShape, wholeOf(xShape))
      : subsampledBlocks(context, context.blocked(x), xShape, op.window.strides, [oh, ow]);
    const outermost = blocksOutermost(context, context.blocked(dy), dyShape, wholeOf(dyShape));
    const operands = ordered(
      channelsOutermost(context, picked, ci, pixels),
      channelsOutermost(context, outermost, co, pixels),
    );
    dw = gemm(context, ...operands, { transB: true });
  }
  return isTurned ? context.emit('Transpose', [dw], { perm: [1, 0] }) : dw;
}

function pointwise(context: LoweringContext, node: IrNode, op: ConvFilterGrad): string {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [, , ci, co] = node.output.shape as [number, number, number, number];
  const [n, oh, ow] = dy.shape as [number, number, number, number];
  const pixels = n * oh * ow;
  const picked = subsample(context, context.plain(x), op.window.strides, [oh, ow]);
  const rows = context.reshape(picked, [pixels, ci]);
  const gradient = context.reshape(context.plain(dy), [pixels, co]);
  return gemm(context, rows, gradient, { transA: true });
}

const isUnit = ({ strides, dilations }: Window): boolean =>
  [...strides, ...dilations].every((size) => size === 1);

export function lowerConvFilterGrad(context: LoweringContext, node: IrNode, op: ConvFilterGrad): void {
  const [kh, kw] = node.output.shape as [number, number, number, number];
  let dw: string;
  const [x, dy] = node.inputs as [Operand, Operand];
  const blocked = readsBlocked(op, x.shape, dy.shape, context.block);
  if (isPointwise(op.window))
    dw = blocked.dy ? pointwiseBlocked(context, node, op) : pointwise(context, node, op);
  else if (blocked.dy) dw = blockedWholeImage(context, node, op);
  else
    dw =
      isUnit(op.window) && kh > 1 && kw > 1 ? shifted(context, node, op) : imageToColumns(context, node, op);
  context.setPlain(node, context.reshape(dw, node.output.shape));
}
