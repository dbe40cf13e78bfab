import type { IrNode, Op, Operand, Shape, Window } from '../ir.js';
import type { Attributes, LoweringContext } from './context.js';
import { gemm } from './gemm.js';
import { isPointwise } from './window.js';

type Conv = Extract<Op, { kind: 'conv' }>;

const NHWC_TO_NCHW = [0, 3, 1, 2];
const NCHW_TO_NHWC = [0, 2, 3, 1];
const HWIO_TO_OIHW = [3, 2, 0, 1];

export const toChannelsFirst = (context: LoweringContext, x: string): string =>
  context.emit('Transpose', [x], { perm: NHWC_TO_NCHW });
export const toChannelsLast = (context: LoweringContext, x: string): string =>
  context.emit('Transpose', [x], { perm: NCHW_TO_NHWC });
export const toOihw = (context: LoweringContext, w: string): string =>
  context.emit('Transpose', [w], { perm: HWIO_TO_OIHW });

export const windowAttributes = (window: Window): Attributes => ({
  kernel_shape: window.kernel,
  strides: window.strides,
  dilations: window.dilations,
  pads: window.pads,
});

/** Every `stride`-th pixel of NHWC `x`, `rows` × `columns` of them. */
export function subsample(
  context: LoweringContext,
  x: string,
  [stepY, stepX]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): string {
  if (stepY === 1 && stepX === 1) return x;
  return context.emit('Slice', [
    x,
    context.integers([0, 0]),
    context.integers([(rows - 1) * stepY + 1, (columns - 1) * stepX + 1]),
    context.integers([1, 2]),
    context.integers([stepY, stepX]),
  ]);
}

/** [taps, rows, columns, tile] as [rows, columns, picked taps, tile]: whole tiles are copied, by all threads. */
export function gatherTiles(
  context: LoweringContext,
  tiles: string,
  [taps, rows, columns, size]: readonly [number, number, number, number],
  picked: readonly number[],
): string {
  const order: number[] = [];
  for (let place = 0; place < rows * columns; place++) {
    for (const tap of picked) order.push(tap * rows * columns + place);
  }
  const flat = context.reshape(tiles, [taps * rows * columns, size]);
  return context.emit('Gather', [flat, context.integers(order)], { axis: 0 });
}

/**
 * Kernel [kh,kw,in,out] in blocks, [out/B,in/B,kh,kw,B in,B out], or [out/B,in,kh,kw,B out] for fewer than B inputs.
 */
export function blockedFilter(context: LoweringContext, w: string, shape: Shape): string {
  const [kh, kw, ci, co] = shape as [number, number, number, number];
  const block = context.block!;
  const taps = kh * kw;
  const oihw = [co, ci, kh, kw];
  if (ci < block) {
    const split = context.reshape(w, [taps, ci, co / block, block]);
    return context.reshape(context.emit('Transpose', [split], { perm: [2, 1, 0, 3] }), oihw);
  }
  // [taps, out/B, in, B out]: read as images of `taps`, the filter's output channels are what gets blocked.
  const images = context.reshape(w, [taps, 1, ci, co]);
  const reordered = context.emitBlocked('ReorderInput', [images], { channels_last: 1 });
  if (taps === 1) return context.reshape(reordered, oihw);
  const all = Array.from({ length: taps }, (_, tap) => tap);
  const tiles = [taps, co / block, ci / block, block * block] as const;
  return context.reshape(gatherTiles(context, reordered, tiles, all), oihw);
}

/** The blocked convolution can take this input and filter. */
export function fitsBlocked(context: LoweringContext, ci: number, co: number): boolean {
  const { block } = context;
  return block !== undefined && co % block === 0 && (ci < block || ci % block === 0);
}

export interface BlockedConvOptions {
  readonly bias?: string | undefined;
  readonly residual?: string | undefined;
  readonly relu?: boolean;
}

/** Convolution in the blocked layout, with its epilogue fused. */
export function blockedConv(
  context: LoweringContext,
  x: string,
  filter: string,
  window: Window,
  { bias, residual, relu = false }: BlockedConvOptions = {},
): string {
  const inputs = [x, filter];
  if (bias !== undefined || residual !== undefined) inputs.push(bias ?? '');
  if (residual !== undefined) inputs.push(residual);
  return context.emitBlocked('Conv', inputs, {
    ...windowAttributes(window),
    group: 1,
    ...(relu ? { activation: 'Relu' } : {}),
  });
}

function pointwise(context: LoweringContext, node: IrNode, op: Conv): void {
  const [x, w, ...rest] = node.inputs as [Operand, Operand, ...Operand[]];
  const [n, h, width, co] = node.output.shape as [number, number, number, number];
  const ci = x.shape[3]!;
  const pixels = n * h * width;
  const picked = subsample(context, context.plain(x), op.window.strides, [h, width]);
  const names = rest.map(context.plain);
  const bias = op.epilogue.bias ? names.shift() : undefined;
  const residual = op.epilogue.residual ? context.reshape(names.shift()!, [pixels, co]) : undefined;
  const y = gemm(
    context,
    context.reshape(picked, [pixels, ci]),
    context.reshape(context.plain(w), [ci, co]),
    { bias, residual, relu: op.epilogue.relu },
  );
  context.setPlain(node, context.reshape(y, node.output.shape));
}

function general(context: LoweringContext, node: IrNode, op: Conv): void {
  const [x, w, ...rest] = node.inputs as [Operand, Operand, ...Operand[]];
  const names = rest.map(context.plain);
  const y = context.emit(
    'Conv',
    [toChannelsFirst(context, context.plain(x)), toOihw(context, context.plain(w))],
    windowAttributes(op.window),
  );
  let result = toChannelsLast(context, y);
  for (const name of names) result = context.emit('Add', [result, name]);
  context.setPlain(node, op.epilogue.relu ? context.emit('Relu', [result]) : result);
}

function blocked(context: LoweringContext, node: IrNode, op: Conv): void {
  const [x, w, ...operands] = node.inputs as [Operand, Operand, ...Operand[]];
  const bias = op.epilogue.bias ? context.plain(operands.shift()!) : undefined;
  const residual = op.epilogue.residual ? context.blocked(operands.shift()!) : undefined;
  const isNarrow = w.shape[2]! < context.block!;
  const input = isNarrow ? toChannelsFirst(context, context.plain(x)) : context.blocked(x);
  const filter = blockedFilter(context, context.plain(w), w.shape);
  const options = { bias, residual, relu: op.epilogue.relu };
  context.setBlocked(node, blockedConv(context, input, filter, op.window, options));
}

export function lowerConv(context: LoweringContext, node: IrNode, op: Conv): void {
  const [ci, co] = node.inputs[1]!.shape.slice(2) as [number, number];
  const fits = fitsBlocked(context, ci, co);
  if (fits && !(isPointwise(op.window) && ci < context.block!)) blocked(context, node, op);
  else if (isPointwise(op.window)) pointwise(context, node, op);
  else general(context, node, op);
}
