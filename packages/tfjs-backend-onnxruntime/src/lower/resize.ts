import type { IrNode, Op, ResizeAxis } from '../ir.js';
import type { LoweringContext } from './context.js';
import { separable, transposeMatrix } from './pool.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

function scaleOf(from: number, to: number, { alignCorners }: ResizeAxis): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

/** Which input pixel each output pixel copies. */
export function nearestIndices(from: number, to: number, axis: ResizeAxis): number[] {
  const scale = scaleOf(from, to, axis);
  return Array.from({ length: to }, (_, i) => {
    const position = axis.halfPixelCenters ? scale * (i + 0.5) : scale * i;
    const index = axis.alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(from - 1, index));
  });
}

/** [to, from] matrix of one-dimensional resizing. */
export function resizeMatrix(
  method: 'bilinear' | 'nearest',
  from: number,
  to: number,
  axis: ResizeAxis,
): Float32Array {
  const matrix = new Float32Array(to * from);
  if (method === 'nearest') {
    nearestIndices(from, to, axis).forEach((index, i) => {
      matrix[i * from + index] = 1;
    });
    return matrix;
  }
  const scale = scaleOf(from, to, axis);
  for (let i = 0; i < to; i++) {
    const position = axis.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(from - 1, Math.ceil(position));
    const fraction = position - low;
    matrix[i * from + low]! += 1 - fraction;
    matrix[i * from + high]! += fraction;
  }
  return matrix;
}

export function lowerResize(context: LoweringContext, node: IrNode, op: OpOf<'resize'>): void {
  const x = node.inputs[0]!;
  const [, height, width] = x.shape as [number, number, number, number];
  const [, oh, ow] = node.output.shape as [number, number, number, number];
  if (op.method === 'nearest') {
    const rows = context.integers(nearestIndices(height, oh, op.axis));
    const columns = context.integers(nearestIndices(width, ow, op.axis));
    const picked = context.emit('Gather', [context.plain(x), rows], { axis: 1 });
    context.setPlain(node, context.emit('Gather', [picked, columns], { axis: 2 }));
    return;
  }
  const matrices = {
    height: resizeMatrix(op.method, height, oh, op.axis),
    width: resizeMatrix(op.method, width, ow, op.axis),
  };
  context.setPlain(node, separable(context, context.plain(x), x.shape, matrices, [oh, ow]));
}

export function lowerResizeGrad(context: LoweringContext, node: IrNode, op: OpOf<'resizeGrad'>): void {
  const dy = node.inputs[0]!;
  const [, oh, ow] = dy.shape as [number, number, number, number];
  const [, height, width] = node.output.shape as [number, number, number, number];
  const matrices = {
    height: transposeMatrix(resizeMatrix(op.method, height, oh, op.axis), oh, height),
    width: transposeMatrix(resizeMatrix(op.method, width, ow, op.axis), ow, width),
  };
  context.setPlain(node, separable(context, context.plain(dy), dy.shape, matrices, [height, width]));
}
