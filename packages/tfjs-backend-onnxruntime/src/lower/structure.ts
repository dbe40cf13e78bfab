import type { IrNode, Op } from '../ir.js';
import type { LoweringContext } from './context.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

export function lowerPad(context: LoweringContext, node: IrNode, op: OpOf<'pad'>): void {
  const pads = context.integers([...op.before, ...op.after]);
  const value = context.floats(Float32Array.of(op.value), []);
  context.setPlain(node, context.emit('Pad', [context.plain(node.inputs[0]!), pads, value]));
}

export function lowerSlice(context: LoweringContext, node: IrNode, op: OpOf<'slice'>): void {
  const ends = op.begin.map((start, i) => start + node.output.shape[i]!);
  const axes = op.begin.map((_, i) => i);
  context.setPlain(
    node,
    context.emit('Slice', [
      context.plain(node.inputs[0]!),
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
