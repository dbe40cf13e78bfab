import type { IrNode, Op, Operand, Window } from '../ir.js';
import type { LoweringContext } from './context.js';
import { isPointwise, subsample } from './conv.js';
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

function prefersShifts({ kernel, strides, dilations }: Window): boolean {
  return [...strides, ...dilations].every((size) => size === 1) && kernel[0] > 1 && kernel[1] > 1;
}

export function lowerConvFilterGrad(context: LoweringContext, node: IrNode, op: ConvFilterGrad): void {
  const [x, dy] = node.inputs as [Operand, Operand];
  const [, , ci, co] = node.output.shape as [number, number, number, number];
  const [n, oh, ow] = dy.shape as [number, number, number, number];
  let dw: string;
  if (isPointwise(op.window)) {
    const pixels = n * oh * ow;
    const picked = subsample(context, context.plain(x), op.window.strides, [oh, ow]);
    dw = gemm(
      context,
      context.reshape(picked, [pixels, ci]),
      context.reshape(context.plain(dy), [pixels, co]),
      { transA: true },
    );
  } else dw = prefersShifts(op.window) ? shifted(context, node, op) : imageToColumns(context, node, op);
  context.setPlain(node, context.reshape(dw, node.output.shape));
}
