import { type IrNode, type Op, sizeOf } from '../ir.js';
import type { LoweringContext } from './context.js';
import { gemm } from './gemm.js';

type Matmul = Extract<Op, { kind: 'matmul' }>;

export function lowerMatmul(context: LoweringContext, node: IrNode, op: Matmul): void {
  const [a, b, ...rest] = node.inputs;
  const { transposeA, transposeB, epilogue } = op;
  const shape = node.output.shape;
  const flat = (s: readonly number[]) => s.slice(-2);
  const batchOf = (s: readonly number[]) => sizeOf(s.slice(0, -2));
  if (batchOf(a!.shape) === 1 && batchOf(b!.shape) === 1) {
    const names = rest.map(context.plain);
    const bias = epilogue.bias ? names.shift() : undefined;
    const residual = epilogue.residual ? context.reshape(names.shift()!, flat(shape)) : undefined;
    const y = gemm(
      context,
      context.reshape(context.plain(a!), flat(a!.shape)),
      context.reshape(context.plain(b!), flat(b!.shape)),
      { transA: transposeA, transB: transposeB, bias, residual, relu: epilogue.relu },
    );
    context.setPlain(node, context.reshape(y, shape));
    return;
  }
  const inputs = [context.plain(a!), context.plain(b!)];
  let y =
    transposeA || transposeB
      ? context.emitMicrosoft('FusedMatMul', inputs, {
          transA: Number(transposeA),
          transB: Number(transposeB),
        })
      : context.emit('MatMul', inputs);
  for (const operand of rest) y = context.emit('Add', [y, context.plain(operand)]);
  context.setPlain(node, epilogue.relu ? context.emit('Relu', [y]) : y);
}
