import { type IrNode, type Op, type Operand, type Pads, sameShape, type Window } from '../ir.js';
import type { LoweringContext } from './context.js';
import {
  blockedConv,
  fitsBlocked,
  gatherTiles,
  toChannelsFirst,
  toChannelsLast,
  toOihw,
  windowAttributes,
} from './conv.js';
import { gemm } from './gemm.js';
import { isPointwise, isUnitStride } from './window.js';

type ConvInputGrad = Extract<Op, { kind: 'convInputGrad' }>;

/** Along one axis: which kernel taps reach the pixels ≡ `phase` (mod stride), and how dy lies under them. */
export interface Phase {
  /** Taps in the order of the equivalent convolution over dy. */
  readonly taps: readonly number[];
  readonly padBefore: number;
  readonly padAfter: number;
  /** Pixels of this phase. */
  readonly size: number;
}

/**
 * dx[h] = Σ_r dy[(h + pad − r)/stride] · w[r], over the r for which the index is whole: for the pixels of one phase
 * a convolution of dy with every stride-th tap, reversed.
 */
export function phases(
  size: number,
  outSize: number,
  kernel: number,
  stride: number,
  pad: number,
): readonly Phase[] {
  return Array.from({ length: stride }, (_, phase): Phase => {
    const first = (phase + pad) % stride;
    const count = Math.max(0, Math.ceil((kernel - first) / stride));
    const shift = (phase + pad - first) / stride;
    const pixels = Math.ceil((size - phase) / stride);
    return {
      taps: Array.from({ length: count }, (_, i) => first + stride * (count - 1 - i)),
      padBefore: count - 1 - shift,
      padAfter: pixels + shift - outSize,
      size: pixels,
    };
  });
}

/** Kernel [kh,kw,in,out] with in and out exchanged and only the given taps, in blocks. */
function transposedFilter(
  context: LoweringContext,
  w: Operand,
  tapsY: readonly number[],
  tapsX: readonly number[],
): string {
  const [kh, kw, ci, co] = w.shape as [number, number, number, number];
  const block = context.block!;
  const taps = tapsY.flatMap((y) => tapsX.map((x) => y * kw + x));
  const count = kh * kw;
  // [taps, in/B, out, B in]: read as images of `taps`, the filter's input channels are what gets blocked.
  const reordered = context.emitBlocked(
    'ReorderInput',
    [context.reshape(context.plain(w), [count, ci, co, 1])],
    {},
  );
  const tiles = [count, ci / block, co / block, block * block] as const;
  const picked = count === 1 ? reordered : gatherTiles(context, reordered, tiles, taps);
  return context.reshape(picked, [ci, co, tapsY.length, tapsX.length]);
}

/** Lays the phases of a blocked gradient between each other; undefined stands for zeros. */
function interleave(
  context: LoweringContext,
  parts: readonly (readonly (string | undefined)[])[],
  [images, rows, columns, lanes]: readonly [number, number, number, number],
): string {
  const cell = [images, rows, 1, columns, 1, lanes];
  const zeros = () =>
    context.emit('Expand', [context.floats(Float32Array.of(0), []), context.integers(cell)]);
  const merged = parts.map((row) => {
    const names = row.map((part) => (part === undefined ? zeros() : context.reshape(part, cell)));
    return names.length === 1 ? names[0]! : context.emit('Concat', names, { axis: 4 });
  });
  return merged.length === 1 ? merged[0]! : context.emit('Concat', merged, { axis: 2 });
}

function blockedStrided(context: LoweringContext, node: IrNode, op: ConvInputGrad): boolean {
  const [dy, w] = node.inputs as [Operand, Operand];
  const [n, height, width, ci] = node.output.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const { kernel, strides, pads, dilations } = op.window;
  const block = context.block!;
  // Phases of one size: an uneven image is computed up to the next multiple of the stride and cropped.
  const [rows, columns] = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])];
  const ys = phases(rows * strides[0], oh, kernel[0], strides[0], pads[0]);
  const xs = phases(columns * strides[1], ow, kernel[1], strides[1], pads[1]);
  const fits = (phase: Phase) => phase.taps.length === 0 || (phase.padBefore >= 0 && phase.padAfter >= 0);
  if (dilations.some((d) => d !== 1) || ![...ys, ...xs].every(fits)) return false;
  const parts = ys.map((y) =>
    xs.map((x) => {
      if (y.taps.length === 0 || x.taps.length === 0) return undefined;
      const phasePads: Pads = [y.padBefore, x.padBefore, y.padAfter, x.padAfter];
      return blockedConv(context, context.blocked(dy), transposedFilter(context, w, y.taps, x.taps), {
        kernel: [y.taps.length, x.taps.length],
        strides: [1, 1],
        dilations: [1, 1],
        pads: phasePads,
      });
    }),
  );
  const images = (n * ci) / block;
  const whole = interleave(context, parts, [images, rows, columns, block]);
  const [wholeHeight, wholeWidth] = [rows * strides[0], columns * strides[1]];
  const isCropped = wholeHeight !== height || wholeWidth !== width;
  const cropped = isCropped
    ? context.emit('Slice', [
        context.reshape(whole, [images, wholeHeight, wholeWidth, block]),
        context.integers([0, 0]),
        context.integers([height, width]),
        context.integers([1, 2]),
      ])
    : whole;
  context.setBlocked(node, context.reshape(cropped, [n, ci, height, width]));
  return true;
}

/** dx of a strided 1×1 convolution: a product, its pixels set apart by zeros. */
function pointwiseStrided(context: LoweringContext, node: IrNode, op: ConvInputGrad): void {
  const [dy, w] = node.inputs as [Operand, Operand];
  const [n, height, width, ci] = node.output.shape as [number, number, number, number];
  const [, oh, ow, co] = dy.shape as [number, number, number, number];
  const [sy, sx] = op.window.strides;
  const product = gemm(
    context,
    context.reshape(context.plain(dy), [n * oh * ow, co]),
    context.reshape(context.plain(w), [ci, co]),
    { transB: true },
  );
  const pad = (name: string, after: readonly number[]) =>
    context.emit('Pad', [name, context.integers([...after.map(() => 0), ...after])]);
  let y = pad(context.reshape(product, [n * oh, 1, ow, ci]), [0, sy - 1, 0, ci * (sx - 1)]);
  y = context.reshape(y, [n, oh * sy, ow * sx, ci]);
  const [below, right] = [height - oh * sy, width - ow * sx];
  if (below !== 0 || right !== 0) y = pad(y, [0, below, right, 0]);
  context.setPlain(node, y);
}

/** The same in blocks: its pixels are added to the gradient from elsewhere, or to zeros. */
function pointwiseStridedBlocked(context: LoweringContext, node: IrNode, op: ConvInputGrad): void {
  const [dy, w, residual] = node.inputs as [Operand, Operand, Operand?];
  const [n, height, width, ci] = node.output.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const [sy, sx] = op.window.strides;
  const block = context.block!;
  const images = (n * ci) / block;
  const unit: Window = { ...op.window, strides: [1, 1] };
  const product = blockedConv(context, context.blocked(dy), transposedFilter(context, w, [0], [0]), unit);
  const places: number[] = [];
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < oh; y++) {
      for (let x = 0; x < ow; x++) places.push((image * height + y * sy) * width + x * sx);
    }
  }
  const rows = [images * height * width, block];
  const under =
    residual === undefined
      ? context.emit('Expand', [context.floats(Float32Array.of(0), []), context.integers(rows)])
      : context.reshape(context.blocked(residual), rows);
  const indices = context.reshape(context.integers(places), [places.length, 1]);
  const updates = context.reshape(product, [places.length, block]);
  const sum = context.emit('ScatterND', [under, indices, updates], { reduction: 'add' });
  context.setBlocked(node, context.reshape(sum, [n, ci, height, width]));
}

function general(context: LoweringContext, node: IrNode, op: ConvInputGrad): void {
  const [dy, w] = node.inputs as [Operand, Operand];
  const [, height, width] = node.output.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const { kernel, strides, dilations, pads } = op.window;
  const reach = (axis: 0 | 1, out: number) =>
    strides[axis] * (out - 1) + dilations[axis] * (kernel[axis] - 1) + 1 - pads[axis] - pads[axis + 2]!;
  const dx = context.emit(
    'ConvTranspose',
    [toChannelsFirst(context, context.plain(dy)), toOihw(context, context.plain(w))],
    {
      ...windowAttributes(op.window),
      output_padding: [height - reach(0, oh), width - reach(1, ow)],
    },
  );
  context.setPlain(node, toChannelsLast(context, dx));
}

/** Adds the gradient that comes from elsewhere. */
function addResidual(context: LoweringContext, node: IrNode, residual: Operand): void {
  const self: Operand = { value: node.output, shape: node.output.shape };
  if (context.hasBlocked(self) && !context.hasPlain(self) && context.canBlock(residual)) {
    context.setBlocked(node, context.emit('Add', [context.blocked(self), context.blocked(residual)]));
  } else {
    context.setPlain(node, context.emit('Add', [context.plain(self), context.plain(residual)]));
  }
}

export function lowerConvInputGrad(context: LoweringContext, node: IrNode, op: ConvInputGrad): void {
  const [dy, w, residual] = node.inputs as [Operand, Operand, Operand?];
  const [n, height, width, ci] = node.output.shape as [number, number, number, number];
  const [, oh, ow, co] = dy.shape as [number, number, number, number];
  const { window } = op;
  const blockedFits = fitsBlocked(context, co, ci) && ci >= context.block! && co >= context.block!;
  const isWholeStride1 = isPointwise(window) && isUnitStride(window);
  if (isWholeStride1 && !blockedFits) {
    const pixels = n * height * width;
    const dx = gemm(
      context,
      context.reshape(context.plain(dy), [pixels, co]),
      context.reshape(context.plain(w), [ci, co]),
      {
        transB: true,
        residual: residual && context.reshape(context.plain(residual), [pixels, ci]),
      },
    );
    context.setPlain(node, context.reshape(dx, node.output.shape));
    return;
  }
  if (isPointwise(window) && !isWholeStride1) {
    if (blockedFits && (residual === undefined || sameShape(residual.shape, node.output.shape))) {
      pointwiseStridedBlocked(context, node, op);
      return;
    }
    pointwiseStrided(context, node, op);
  } else if (blockedFits && isUnitStride(window)) {
    const [y] = phases(height, oh, window.kernel[0], 1, window.pads[0]);
    const [x] = phases(width, ow, window.kernel[1], 1, window.pads[1]);
    const spread = (axis: 0 | 1) => (window.kernel[axis] - 1) * (window.dilations[axis] - 1);
    const pads: Pads = [y!.padBefore + spread(0), x!.padBefore + spread(1), y!.padAfter, x!.padAfter];
    if (pads.some((pad) => pad < 0)) general(context, node, op);
    else {
      const isFused = residual !== undefined && sameShape(residual.shape, node.output.shape);
      const dx = blockedConv(
        context,
        context.blocked(dy),
        transposedFilter(context, w, y!.taps, x!.taps),
        { ...window, pads },
        { residual: isFused ? context.blocked(residual) : undefined },
      );
      context.setBlocked(node, dx);
      if (isFused) return;
    }
  } else if (!(blockedFits && blockedStrided(context, node, op))) general(context, node, op);
  if (residual !== undefined) addResidual(context, node, residual);
}
