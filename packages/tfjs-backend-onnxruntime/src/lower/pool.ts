import { type IrNode, type Op, type Operand, type Pair, sizeOf, type Window } from '../ir.js';
import type { Attributes, LoweringContext } from './context.js';
import { windowAttributes } from './conv.js';
import { columnSum } from './reduce.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

/** NHWC as one channel of a [H, W, C] volume: what ONNX then pools, and indexes, is NHWC itself. */
function volumeAttributes({ kernel, strides, dilations, pads }: Window): Attributes {
  return {
    kernel_shape: [...kernel, 1],
    strides: [...strides, 1],
    dilations: [...dilations, 1],
    pads: [pads[0], pads[1], 0, pads[2], pads[3], 0],
  };
}

function asVolume(context: LoweringContext, operand: Operand): string {
  const [n, h, w, c] = operand.shape as [number, number, number, number];
  return context.reshape(context.plain(operand), [n, 1, h, w, c]);
}

/**
 * The operand as volumes to pool. Where no window crosses from one row of windows to the next, each such row is a volume
 * of its own: threads share volumes. The indices count through all of them, so they stay the same.
 */
function asBands(
  context: LoweringContext,
  operand: Operand,
  { kernel, strides, dilations, pads }: Window,
): string {
  const [n, h, w, c] = operand.shape as [number, number, number, number];
  const isCut =
    kernel[0] === strides[0] && dilations[0] === 1 && pads[0] + pads[2] === 0 && h % kernel[0] === 0;
  if (!isCut) return asVolume(context, operand);
  return context.reshape(context.plain(operand), [(n * h) / kernel[0], 1, kernel[0], w, c]);
}

/** [outputs, inputs] matrix of a one-dimensional average, by default over the part of the window that lies inside. */
export function averageMatrix(
  [inputs, outputs]: Pair,
  kernel: number,
  stride: number,
  dilation: number,
  padBefore: number,
  divisor: 'covered' | 'window' = 'covered',
): Float32Array {
  const matrix = new Float32Array(outputs * inputs);
  for (let out = 0; out < outputs; out++) {
    const taps = Array.from({ length: kernel }, (_, tap) => out * stride + tap * dilation - padBefore).filter(
      (index) => index >= 0 && index < inputs,
    );
    for (const index of taps)
      matrix[out * inputs + index] = 1 / (divisor === 'covered' ? taps.length : kernel);
  }
  return matrix;
}

export function transposeMatrix(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]!;
  }
  return result;
}

/** Applies one matrix along the height and one along the width of NHWC data. */
export function separable(
  context: LoweringContext,
  x: string,
  shape: readonly number[],
  along: { height: Float32Array; width: Float32Array },
  [outHeight, outWidth]: Pair,
): string {
  const [n, height, width, channels] = shape as [number, number, number, number];
  const vertical = context.emit('MatMul', [
    context.floats(along.height, [outHeight, height]),
    context.reshape(x, [n, height, width * channels]),
  ]);
  const horizontal = context.emit('MatMul', [
    context.floats(along.width, [outWidth, width]),
    context.reshape(vertical, [n * outHeight, width, channels]),
  ]);
  return context.reshape(horizontal, [n, outHeight, outWidth, channels]);
}

function averageMatrices(
  { window: { kernel, strides, dilations, pads }, divisor }: OpOf<'avgPoolGrad'>,
  from: Pair,
  to: Pair,
) {
  return {
    height: averageMatrix([from[0], to[0]], kernel[0], strides[0], dilations[0], pads[0], divisor),
    width: averageMatrix([from[1], to[1]], kernel[1], strides[1], dilations[1], pads[1], divisor),
  };
}

const isWholeImage = ({ kernel, pads, dilations }: Window, height: number, width: number): boolean =>
  kernel[0] === height &&
  kernel[1] === width &&
  [...pads, ...dilations.map((d) => d - 1)].every((p) => p === 0);

export function lowerPool(context: LoweringContext, node: IrNode, op: OpOf<'pool'>): void {
  const x = node.inputs[0]!;
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const name = op.fn === 'max' ? 'MaxPool' : 'AveragePool';
  if (op.fn === 'avg' && isWholeImage(op.window, height, width)) {
    const total = columnSum(context, context.plain(x), n, height * width, channels);
    const mean = context.emit('Div', [total, context.floats(Float32Array.of(height * width), [])]);
    context.setPlain(node, context.reshape(mean, node.output.shape));
  } else if (context.canBlock(x)) {
    context.setBlocked(node, context.emitBlocked(name, [context.blocked(x)], windowAttributes(op.window)));
  } else {
    const { dilations: _, ...average } = volumeAttributes(op.window);
    const attributes = op.fn === 'max' ? volumeAttributes(op.window) : average;
    context.setPlain(
      node,
      context.reshape(context.emit(name, [asVolume(context, x)], attributes), node.output.shape),
    );
  }
}

/** Zeros of the given number with `values` added at `indices`. */
function scatter(context: LoweringContext, size: number, indices: string, values: string): string {
  const zeros = context.emit('Expand', [context.floats(Float32Array.of(0), []), context.integers([size])]);
  return context.emit('ScatterElements', [zeros, indices, values], { axis: 0, reduction: 'add' });
}

/** Each window's gradient goes to its first maximum; by channels first where the image is in blocks, as threads share them. */
export function lowerMaxPoolGrad(context: LoweringContext, node: IrNode, op: OpOf<'maxPoolGrad'>): void {
  const [dy, x] = node.inputs as [Operand, Operand];
  const [size, windows] = [sizeOf(x.shape), sizeOf(dy.shape)];
  const isBlocked = context.hasBlocked(x) && context.canBlock(dy);
  const first = (operand: Operand) =>
    context.emitBlocked('ReorderOutput', [context.blocked(operand)], { channels: operand.shape[3]! });
  const indices = isBlocked
    ? context.emitOutput('MaxPool', [first(x)], windowAttributes(op.window), 1)
    : context.emitOutput('MaxPool', [asBands(context, x, op.window)], volumeAttributes(op.window), 1);
  const values = isBlocked ? first(dy) : context.plain(dy);
  const dx = scatter(context, size, context.reshape(indices, [windows]), context.reshape(values, [windows]));
  if (!isBlocked) {
    context.setPlain(node, context.reshape(dx, node.output.shape));
    return;
  }
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const images = context.reshape(dx, [n, channels, height, width]);
  context.setBlocked(node, context.emitBlocked('ReorderInput', [images], {}));
}

export function lowerAvgPoolGrad(context: LoweringContext, node: IrNode, op: OpOf<'avgPoolGrad'>): void {
  const dy = node.inputs[0]!;
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const [, height, width] = node.output.shape as [number, number, number, number];
  const forward = averageMatrices(op, [height, width], [oh, ow]);
  const matrices = {
    height: transposeMatrix(forward.height, oh, height),
    width: transposeMatrix(forward.width, ow, width),
  };
  context.setPlain(node, separable(context, context.plain(dy), dy.shape, matrices, [height, width]));
}
