import type { IrGraph, IrNode, IrValue, Op, Operand, Shape } from '../ir.js';
import { isPointwise } from './window.js';

const ELEMENTWISE: ReadonlySet<string> = new Set(['unary', 'binary', 'clip']);

const isSpatial = (shape: Shape, ofOthers: readonly (number | undefined)[]): boolean =>
  shape.length === 4 && ofOthers.every((size) => size === 0);

/** Padding of height and width alone. */
export const isSpatialPad = ({ op, output }: IrNode): boolean =>
  op.kind === 'pad' && isSpatial(output.shape, [op.before[0], op.before[3], op.after[0], op.after[3]]);

/** Part of the height and width of all images. */
export const isSpatialSlice = ({ op, inputs, output }: IrNode): boolean => {
  const from = inputs[0]!.shape;
  return (
    op.kind === 'slice' && isSpatial(output.shape, [from[0]! - output.shape[0]!, from[3]! - output.shape[3]!])
  );
};

/** Operations that can be done in either layout. */
const isEither = (node: IrNode): boolean =>
  ELEMENTWISE.has(node.op.kind) || isSpatialPad(node) || isSpatialSlice(node);

/** Images in whole blocks of channels; a kernel [kh,kw,in,out] would look like one with very long rows. */
const MAX_ASPECT = 4;

/** The sum of each channel of images in whole blocks. */
export const isChannelSum = (op: Op, { shape }: Operand, block: number | undefined): boolean =>
  op.kind === 'reduce' &&
  (op.fn === 'sum' || op.fn === 'mean') &&
  block !== undefined &&
  shape.length === 4 &&
  shape[3]! % block === 0 &&
  shape[2]! <= MAX_ASPECT * shape[1]! &&
  op.axes.length === 3 &&
  [0, 1, 2].every((axis) => op.axes.includes(axis));

/** Which of x and dy a filter's gradient reads in the blocked layout; their shapes alone decide. */
export function readsBlocked(
  { window }: Extract<Op, { kind: 'convFilterGrad' }>,
  x: Shape,
  dy: Shape,
  block: number | undefined,
): { readonly x: boolean; readonly dy: boolean } {
  const fits = (shape: Shape) => block !== undefined && shape[3]! % block === 0;
  if (isPointwise(window) || !fits(dy)) return { x: fits(x) && fits(dy), dy: fits(x) && fits(dy) };
  return { x: fits(x), dy: true };
}

interface Readings {
  readonly blocked: readonly Operand[];
  readonly plain: readonly Operand[];
}

/** Which operands a node reads in which layout; kernels and biases of blocked operations count as neither. */
function readings({ op, inputs }: IrNode, block: number | undefined): Readings {
  switch (op.kind) {
    case 'pool':
      return { blocked: inputs, plain: [] };
    case 'conv':
    case 'convInputGrad':
      return { blocked: op.epilogue.residual ? [inputs[0]!, inputs.at(-1)!] : [inputs[0]!], plain: [] };
    case 'convFilterGrad': {
      const [x, dy] = inputs as [Operand, Operand];
      const found = readsBlocked(op, x.shape, dy.shape, block);
      const pick = (isBlocked: boolean) => [
        ...(found.x === isBlocked ? [x] : []),
        ...(found.dy === isBlocked ? [dy] : []),
      ];
      return { blocked: pick(true), plain: pick(false) };
    }
    case 'maxPoolGrad':
      return inputs.every(({ shape }) => block !== undefined && shape[3]! % block === 0)
        ? { blocked: inputs, plain: [] }
        : { blocked: [], plain: inputs };
    case 'reduce':
      return isChannelSum(op, inputs[0]!, block)
        ? { blocked: inputs, plain: [] }
        : { blocked: [], plain: inputs };
    default:
      return { blocked: [], plain: inputs };
  }
}

/** Whether somebody will read a node's result in each layout, be it through elementwise operations. */
export interface Readers {
  /** TensorFlow.js's layout: a kernel that works there, or the reader of a result of the run. */
  isReadPlain(node: IrNode): boolean;
  isReadBlocked(node: IrNode): boolean;
}

/** Operations that can be done in either layout pass on what their own readers want. */
export function findReaders({ nodes }: IrGraph, block: number | undefined): Readers {
  const readPlain = new Set<IrValue>();
  const readBlocked = new Set<IrValue>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const { inputs, output } = node;
    if (isEither(node)) {
      const isBlocked = readBlocked.has(output);
      const isPlain = output.live || readPlain.has(output);
      for (const { value } of inputs) {
        if (isBlocked) readBlocked.add(value);
        if (isPlain) readPlain.add(value);
      }
      continue;
    }
    const { blocked, plain } = readings(node, block);
    for (const { value } of blocked) readBlocked.add(value);
    for (const { value } of plain) readPlain.add(value);
  }
  return {
    isReadPlain: ({ output }) => output.live || readPlain.has(output),
    isReadBlocked: ({ output }) => readBlocked.has(output),
  };
}
