import type { IrNode, Op, Operand, Window } from '../ir.js';
import type { LoweringContext } from './context.js';
import { blockedConv, isPointwise, subsample } from './conv.js';
import { gemm } from './gemm.js';

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

/** Images and rows of dy that one blocked convolution takes. */
export interface Part {
  readonly images: readonly [start: number, count: number];
  readonly rows: readonly [start: number, count: number];
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

/** NHWC gradient as a filter [C, N, H, W]: C in blocks, N too where there are so many. */
function gradientAsFilter(
  context: LoweringContext,
  dy: string,
  [n, height, width, channels]: readonly [number, number, number, number],
): string {
  const block = context.block!;
  const shape = [channels, n, height, width];
  if (n < block) {
    const pixels = context.reshape(dy, [1, n * height * width, 1, channels]);
    return context.reshape(context.emitBlocked('ReorderInput', [pixels], { channels_last: 1 }), shape);
  }
  const split = context.reshape(dy, [n / block, block, height * width, channels / block, block]);
  return context.reshape(context.emit('Transpose', [split], { perm: [3, 0, 2, 1, 4] }), shape);
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
  const block = context.block!;
  const extent = (out: number, kernel: number, axis: 0 | 1) =>
    (out - 1) * strides[axis] + (kernel - 1) * dilations[axis] + 1;
  const [rows, columns] = [extent(oh, kh, 0), extent(ow, kw, 1)];
  const padded = pad(
    context,
    context.plain(x),
    [0, pads[0], pads[1], 0],
    [0, rows - inHeight - pads[0], columns - inWidth - pads[1], 0],
  );
  const cut = (name: string, [image, images]: Part['images'], row: number, taken: number, all: number) =>
    images === n && taken === all
      ? name
      : context.emit('Slice', [
          name,
          context.integers([image, row]),
          context.integers([image + images, row + taken]),
          context.integers([0, 1]),
        ]);
  const window: Omit<Window, 'kernel'> = { strides: dilations, dilations: strides, pads: [0, 0, 0, 0] };
  let sum: string | undefined;
  for (const part of gradientParts(n, oh, ow, block)) {
    const [[, count], [row, height]] = [part.images, part.rows];
    const taken = extent(height, kh, 0);
    const shown = cut(padded, part.images, row * strides[0], taken, rows);
    const images = imagesAsChannels(context, shown, [count, taken, columns, ci]);
    const gradient = cut(context.plain(dy), part.images, row, height, oh);
    const filter = gradientAsFilter(context, gradient, [count, height, ow, co]);
    sum = blockedConv(context, images, filter, { ...window, kernel: [height, ow] }, { residual: sum });
  }
  // [in, taps, out] in TensorFlow.js's layout, then taps first.
  const lines = context.emitBlocked('ReorderOutput', [sum!], { channels: co, channels_last: 1 });
  const order = range(kh * kw).flatMap((tap) => range(ci).map((channel) => channel * kh * kw + tap));
  const flat = context.reshape(lines, [ci * kh * kw, co]);
  return context.emit('Gather', [flat, context.integers(order)], { axis: 0 });
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
  const [kh, kw, , co] = node.output.shape as [number, number, number, number];
  let dw: string;
  if (isPointwise(op.window)) dw = pointwise(context, node, op);
  else if (context.block !== undefined && co % context.block === 0) dw = blockedWholeImage(context, node, op);
  else
    dw =
      isUnit(op.window) && kh > 1 && kw > 1 ? shifted(context, node, op) : imageToColumns(context, node, op);
  context.setPlain(node, context.reshape(dw, node.output.shape));
}
