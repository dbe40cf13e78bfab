import type { IrGraph, IrNode, IrValue } from '../ir.js';

const ELEMENTWISE: ReadonlySet<string> = new Set(['unary', 'binary', 'clip']);

/**
 * Tells for each node whether its result will be read in TensorFlow.js's layout: by a kernel that works there, or as
 * a result of the run. Elementwise operations pass on what their own readers want.
 */
export function findPlainReaders({ nodes }: IrGraph): (node: IrNode) => boolean {
  const readPlain = new Set<IrValue>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { op, inputs, output } = nodes[i]!;
    const passes = ELEMENTWISE.has(op.kind) && !output.live && !readPlain.has(output);
    const isBlocked = op.kind === 'conv' || op.kind === 'pool' || op.kind === 'convInputGrad';
    if (passes || isBlocked) continue;
    for (const { value } of inputs) readPlain.add(value);
  }
  return ({ output }) => output.live || readPlain.has(output);
}
