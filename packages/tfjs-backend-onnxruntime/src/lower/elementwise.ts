import {
  type Binary,
  type IrNode,
  isSingle,
  type Op,
  type Operand,
  sameShape,
  type Unary,
  unreachable,
} from '../ir.js';
import type { LoweringContext } from './context.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

/** Times this, every positive normal number is above 1: HardSigmoid then is the step function. */
const STEEP = 3.4e38;

/** Rounded exactly, so that an element's place in memory does not matter to its bits. */
const EXACT: ReadonlySet<string> = new Set<Unary | Binary>([
  'Abs',
  'Ceil',
  'Floor',
  'LeakyRelu',
  'Neg',
  'Reciprocal',
  'Relu',
  'Relu6',
  'Rsqrt',
  'Sqrt',
  'Square',
  'Step',
  'Add',
  'Sub',
  'Multiply',
  'RealDiv',
  'Maximum',
  'Minimum',
  'SquaredDifference',
]);

/**
 * The blocked layout costs no more changes of layout, of operands and for the result's readers, than TensorFlow.js's; some
 * operand must be there already.
 */
export function prefersBlocked(
  context: LoweringContext,
  node: IrNode,
  operands: readonly Operand[],
): boolean {
  const missing = (has: (operand: Operand) => boolean) => operands.filter((operand) => !has(operand)).length;
  const toBlocked = missing(context.hasBlocked) + Number(context.isReadPlain(node));
  const toPlain = missing(context.hasPlain) + Number(context.isReadBlocked(node));
  return operands.some(context.hasBlocked) && toBlocked <= toPlain;
}

/** Applies `make` in the blocked layout where that is exact, all operands can follow, and it is the better one. */
function elementwise(
  context: LoweringContext,
  node: IrNode,
  isExact: boolean,
  make: (names: string[]) => string,
): void {
  const operands = node.inputs;
  const whole = operands.filter((operand) => !isSingle(operand));
  const follows = (operand: Operand) =>
    context.canBlock(operand) && sameShape(operand.shape, node.output.shape);
  if (isExact && whole.every(follows) && prefersBlocked(context, node, whole)) {
    const names = operands.map((operand) =>
      isSingle(operand) ? context.reshape(context.plain(operand), []) : context.blocked(operand),
    );
    context.setBlocked(node, make(names));
  } else {
    context.setPlain(node, make(operands.map(context.plain)));
  }
}

function unary(context: LoweringContext, op: OpOf<'unary'>, x: string): string {
  const { emit } = context;
  switch (op.fn) {
    case 'Square':
      return emit('Mul', [x, x]);
    case 'Rsqrt':
      return emit('Reciprocal', [emit('Sqrt', [x])]);
    case 'Step':
      return emit('HardSigmoid', [x], { alpha: { float: STEEP }, beta: { float: 0 } });
    case 'Relu6':
      return emit('Min', [emit('Relu', [x]), context.floats(Float32Array.of(6), [])]);
    case 'LeakyRelu':
      return emit('LeakyRelu', [x], { alpha: { float: op.alpha } });
    case 'Abs':
    case 'Ceil':
    case 'Cos':
    case 'Elu':
    case 'Erf':
    case 'Exp':
    case 'Floor':
    case 'Log':
    case 'Neg':
    case 'Reciprocal':
    case 'Relu':
    case 'Sigmoid':
    case 'Sin':
    case 'Softplus':
    case 'Sqrt':
    case 'Tanh':
      return emit(op.fn, [x]);
    default:
      return unreachable(op.fn);
  }
}

export function lowerUnary(context: LoweringContext, node: IrNode, op: OpOf<'unary'>): void {
  elementwise(context, node, EXACT.has(op.fn), ([x]) => unary(context, op, x!));
}

const BINARY_OPS = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
};

export function lowerBinary(context: LoweringContext, node: IrNode, op: OpOf<'binary'>): void {
  elementwise(context, node, EXACT.has(op.fn), (names) => {
    if (op.fn !== 'SquaredDifference') return context.emit(BINARY_OPS[op.fn], names);
    const difference = context.emit('Sub', names);
    return context.emit('Mul', [difference, difference]);
  });
}

const COMPARE_OPS = {
  Equal: 'Equal',
  NotEqual: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
};

export function lowerCompare(context: LoweringContext, node: IrNode, op: OpOf<'compare'>): void {
  const compared = context.emit(COMPARE_OPS[op.fn], node.inputs.map(context.plain));
  context.setPlain(node, op.fn === 'NotEqual' ? context.emit('Not', [compared]) : compared);
}

export function lowerLogical(context: LoweringContext, node: IrNode, op: OpOf<'logical'>): void {
  context.setPlain(node, context.emit(op.fn, node.inputs.map(context.plain)));
}

export function lowerSelect(context: LoweringContext, node: IrNode): void {
  context.setPlain(node, context.emit('Where', node.inputs.map(context.plain)));
}

const CAST_CODES = { float32: 1, int32: 6, bool: 9 };

export function lowerCast(context: LoweringContext, node: IrNode): void {
  const x = context.plain(node.inputs[0]!);
  context.setPlain(node, context.emit('Cast', [x], { to: CAST_CODES[node.output.type] }));
}

export function lowerClip(context: LoweringContext, node: IrNode, op: OpOf<'clip'>): void {
  const low = context.floats(Float32Array.of(op.min), []);
  const high = context.floats(Float32Array.of(op.max), []);
  elementwise(context, node, true, ([x]) => context.emit('Min', [context.emit('Max', [x!, low]), high]));
}

export function lowerBroadcast(context: LoweringContext, node: IrNode): void {
  const x = context.plain(node.inputs[0]!);
  context.setPlain(node, context.emit('Expand', [x, context.integers(node.output.shape)]));
}
