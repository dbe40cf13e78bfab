import type { IrNode, Op, Pads } from '../ir.js';
import { padBlocked } from './blocks.js';
import type { LoweringContext } from './context.js';
import { prefersBlocked } from './elementwise.js';
import { isSpatialPad, isSpatialSlice } from './layout.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

export function lowerPad(context: LoweringContext, node: IrNode, op: OpOf<'pad'>): void {
  const value = context.floats(Float32Array.of(op.value), []);
  const x = node.inputs[0]!;
  if (isSpatialPad(node) && context.canBlock(x) && prefersBlocked(context, node, [x])) {
    const [n, height, width, channels] = x.shape as [number, number, number, number];
    const pads: Pads = [op.before[1]!, op.before[2]!, op.after[1]!, op.after[2]!];
    const y = padBlocked(context, context.blocked(x), [n, height, width, channels], pads, value);
    const [, outHeight, outWidth] = node.output.shape as [number, number, number, number];
    context.setBlocked(node, context.reshape(y, [n, channels, outHeight, outWidth]));
    return;
  }
  const pads = context.integers([...op.before, ...op.after]);
  context.setPlain(node, context.emit('Pad', [context.plain(x), pads, value]));
}

/** Rows and columns of each block of channels. */
function sliceBlocked(context: LoweringContext, node: IrNode, op: OpOf<'slice'>): void {
  const x = node.inputs[0]!;
  const block = context.block!;
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth] = node.output.shape as [number, number, number, number];
  const [, top, left] = op.begin as [number, number, number];
  const y = context.emit('Slice', [
    context.reshape(context.blocked(x), [(n * channels) / block, height, width * block]),
    context.integers([top, left * block]),
    context.integers([top + outHeight, (left + outWidth) * block]),
    context.integers([1, 2]),
  ]);
  context.setBlocked(node, context.reshape(y, [n, channels, outHeight, outWidth]));
}

export function lowerSlice(context: LoweringContext, node: IrNode, op: OpOf<'slice'>): void {
  const x = node.inputs[0]!;
  if (isSpatialSlice(node) && context.canBlock(x) && prefersBlocked(context, node, [x])) {
    sliceBlocked(context, node, op);
    return;
  }
  const ends = op.begin.map((start, i) => start + node.output.shape[i]!);
  const axes = op.begin.map((_, i) => i);
  context.setPlain(
    node,
    context.emit('Slice', [
      context.plain(x),
      context.integers(op.begin),
      context.integers(ends),
      context.integers(axes),
    ]),
  );
}

export function lowerConcat(context: LoweringContext, node: IrNode, op: OpOf<'concat'>): void {
  context.setPlain(node, context.emit('Concat', node.inputs.map(context.plain), { axis: op.axis }));
}

export function lowerTranspose(context: LoweringContext, node: IrNode, op: OpOf<'transpose'>): void {
  context.setPlain(node, context.emit('Transpose', [context.plain(node.inputs[0]!)], { perm: op.perm }));
}

export function lowerTile(context: LoweringContext, node: IrNode, op: OpOf<'tile'>): void {
  const x = context.plain(node.inputs[0]!);
  context.setPlain(node, context.emit('Tile', [x, context.integers(op.reps)]));
}

export function lowerGather(context: LoweringContext, node: IrNode, op: OpOf<'gather'>): void {
  context.setPlain(node, context.emit('Gather', node.inputs.map(context.plain), { axis: op.axis }));
}
