import { type IrNode, type Op, type Operand, type Shape, sizeOf, unreachable } from '../ir.js';
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

/** Sums the rows of each [rows, columns] matrix of x: a product with ones is the fastest column sum there is. */
export function columnSum(
  context: LoweringContext,
  x: string,
  batch: number,
  rows: number,
  columns: number,
): string {
  const chunks = batch === 1 && rows % CHUNKS === 0 && rows / CHUNKS >= MIN_ROWS_PER_CHUNK ? CHUNKS : 1;
  const parts = context.emit('MatMul', [
    ones(context, [1, rows / chunks]),
    context.reshape(x, [batch * chunks, rows / chunks, columns]),
  ]);
  if (chunks === 1) return context.reshape(parts, [batch, columns]);
  const sums = context.emit('ReduceSum', [parts, context.integers([0])], { keepdims: 0 });
  return context.reshape(sums, [batch, columns]);
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
  if (n === 1) return sums;
  const images = context.reshape(sums, [n, channels]);
  return context.emit('ReduceSum', [images, context.integers([0])], { keepdims: 0 });
}

function lowerChannelSum(context: LoweringContext, node: IrNode, op: Reduce): void {
  const operand = node.inputs[0]!;
  const total = channelSum(context, operand);
  const count = sizeOf(operand.shape.slice(0, 3));
  const y =
    op.fn === 'mean' ? context.emit('Div', [total, context.floats(Float32Array.of(count), [])]) : total;
  context.setPlain(node, context.reshape(y, node.output.shape));
}

export function lowerReduce(context: LoweringContext, node: IrNode, op: Reduce): void {
  const operand = node.inputs[0]!;
  if (isChannelSum(op, operand, context.block)) {
    lowerChannelSum(context, node, op);
    return;
  }
  const y = reduce(context, context.plain(operand), operand.shape, op);
  context.setPlain(node, context.reshape(y, node.output.shape));
}

export function lowerSoftmax(context: LoweringContext, node: IrNode): void {
  context.setPlain(node, context.emit('Softmax', [context.plain(node.inputs[0]!)], { axis: -1 }));
}
