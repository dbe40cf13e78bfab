import { type IrNode, type Op, type Operand, type Shape, sameShape, sizeOf, unreachable } from '../ir.js';
import type { LoweringContext } from './context.js';
import { isChannelSum } from './layout.js';

type Reduce = Extract<Op, { kind: 'reduce' }>;

/** A column sum is split into this many products, for threads and for rounding. */
const CHUNKS = 8;
const MIN_ROWS_PER_CHUNK = 8;

/** The shape with neighbouring axes of one kind merged; axes of size 1 vanish. */
export function collapse(shape: Shape, axes: readonly number[]): { sizes: number[]; reduced: boolean[] } {
  const sizes: number[] = [];
  const reduced: boolean[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const isReduced = axes.includes(axis);
    if (reduced.length > 0 && reduced.at(-1) === isReduced) sizes[sizes.length - 1]! *= size;
    else {
      sizes.push(size);
      reduced.push(isReduced);
    }
  });
  return { sizes, reduced };
}

const ones = (context: LoweringContext, shape: Shape): string =>
  context.floats(new Float32Array(sizeOf(shape)).fill(1), shape);

/**
 * Sums the rows of each [rows, columns] matrix of x, to [batch, columns], or [columns] of one: a product with ones is the
 * fastest column sum there is.
 */
export function columnSum(
  context: LoweringContext,
  x: string,
  batch: number,
  rows: number,
  columns: number,
): string {
  const chunks = batch === 1 && rows % CHUNKS === 0 && rows / CHUNKS >= MIN_ROWS_PER_CHUNK ? CHUNKS : 1;
  const matrices = [batch * chunks, rows / chunks, columns].slice(batch * chunks === 1 ? 1 : 0);
  // A vector, not a matrix of one row: no axis of size 1 is left to be reshaped away.
  const parts = context.emit('MatMul', [ones(context, [rows / chunks]), context.reshape(x, matrices)]);
  return chunks === 1 ? parts : context.emit('ReduceSum', [parts, context.integers([0])], { keepdims: 0 });
}

function sum(context: LoweringContext, x: string, shape: Shape, axes: readonly number[]): string {
  const { sizes, reduced } = collapse(shape, axes);
  const pattern = reduced.map((r) => (r ? 'R' : 'K')).join('');
  if (pattern === '' || pattern === 'K') return x;
  if (pattern === 'RK') return columnSum(context, x, 1, sizes[0]!, sizes[1]!);
  if (pattern === 'KRK') return columnSum(context, x, sizes[0]!, sizes[1]!, sizes[2]!);
  const reducedAxes = sizes.flatMap((_, axis) => (reduced[axis] ? [axis] : []));
  return context.emit('ReduceSum', [context.reshape(x, sizes), context.integers(reducedAxes)], {
    keepdims: 0,
  });
}

/** ONNX Runtime's extremes pass over NaN, TensorFlow.js's return it. */
function extreme(context: LoweringContext, x: string, op: string, axes: readonly number[]): string {
  const attributes = { axes, keepdims: 0 };
  const isNan = context.emit('Cast', [context.emit('IsNaN', [x])], { to: 1 });
  const anyNan = context.emit('Cast', [context.emit('ReduceMax', [isNan], attributes)], { to: 9 });
  const nan = context.floats(Float32Array.of(Number.NaN), []);
  return context.emit('Where', [anyNan, nan, context.emit(op, [x], attributes)]);
}

function reduce(context: LoweringContext, x: string, shape: Shape, { fn, axes }: Reduce): string {
  switch (fn) {
    case 'sum':
      return sum(context, x, shape, axes);
    case 'mean': {
      const count = sizeOf(axes.map((axis) => shape[axis]!));
      return context.emit('Div', [sum(context, x, shape, axes), context.floats(Float32Array.of(count), [])]);
    }
    case 'max':
    case 'min':
      return extreme(context, x, fn === 'max' ? 'ReduceMax' : 'ReduceMin', axes);
    default:
      return unreachable(fn);
  }
}

/** The sum of each channel, of blocks where they are: over each image's pixels, then over the images. */
function channelSum(context: LoweringContext, operand: Operand): string {
  const [n, height, width, channels] = operand.shape as [number, number, number, number];
  const block = context.block!;
  const blocks = context.reshape(context.blocked(operand), [(n * channels) / block, height * width, block]);
  const sums = context.emit('ReduceSum', [blocks, context.integers([1])], { keepdims: 0 });
  const images = context.reshape(sums, n === 1 ? [channels] : [n, channels]);
  if (n === 1) return images;
  return context.emit('ReduceSum', [images, context.integers([0])], { keepdims: 0 });
}

/** A result of the given shape as the node's, reshaped only where it has another one. */
function setSum(context: LoweringContext, node: IrNode, y: string, shape: Shape): void {
  const { output } = node;
  context.setPlain(node, sameShape(shape, output.shape) ? y : context.reshape(y, output.shape));
}

function lowerChannelSum(context: LoweringContext, node: IrNode, op: Reduce): void {
  const operand = node.inputs[0]!;
  const total = channelSum(context, operand);
  const count = sizeOf(operand.shape.slice(0, 3));
  const y =
    op.fn === 'mean' ? context.emit('Div', [total, context.floats(Float32Array.of(count), [])]) : total;
  setSum(context, node, y, operand.shape.slice(3));
}

export function lowerReduce(context: LoweringContext, node: IrNode, op: Reduce): void {
  const operand = node.inputs[0]!;
  if (isChannelSum(op, operand, context.block)) {
    lowerChannelSum(context, node, op);
    return;
  }
  const y = reduce(context, context.plain(operand), operand.shape, op);
  const { sizes, reduced } = collapse(operand.shape, op.axes);
  const isSum = (op.fn === 'sum' || op.fn === 'mean') && reduced.includes(true);
  // A sum leaves the merged axes that it keeps.
  if (isSum && reduced.includes(false))
    setSum(
      context,
      node,
      y,
      sizes.filter((_, axis) => !reduced[axis]),
    );
  else context.setPlain(node, context.reshape(y, node.output.shape));
}

export function lowerSoftmax(context: LoweringContext, node: IrNode): void {
  context.setPlain(node, context.emit('Softmax', [context.plain(node.inputs[0]!)], { axis: -1 }));
}
