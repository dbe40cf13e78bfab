import { type Op, type Pads, type Shape, sameShape, type Window } from './ir.js';
import type { RecordedNode, Slot } from './slot.js';

/** A kernel call: what it computes, of which values, each read in which shape. */
export interface Call {
  readonly op: Op;
  readonly inputs: readonly Slot[];
  readonly inputShapes: readonly Shape[];
  readonly label: string;
}

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;
type Fusible = OpOf<'conv' | 'matmul' | 'convInputGrad'>;

const isFusible = (op: Op): op is Fusible =>
  op.kind === 'conv' || op.kind === 'matmul' || op.kind === 'convInputGrad';

const addPads = (a: Pads, b: Pads): Pads => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];

/** Zero padding of height and width, as a convolution's pads. */
function spatialPads({ before, after, value }: OpOf<'pad'>): Pads | undefined {
  const isSpatial = before.length === 4 && [before[0], before[3], after[0], after[3]].every((p) => p === 0);
  return isSpatial && value === 0 ? [before[1]!, before[2]!, after[1]!, after[2]!] : undefined;
}

/** The call that made an operand's value, where the operand is all of it. */
function originOf({ inputs, inputShapes }: Call, index: number): RecordedNode | undefined {
  const slot = inputs[index]!;
  return sameShape(slot.shape, inputShapes[index]!) ? slot.origin : undefined;
}

/** conv(pad(x), w) → conv with pads; likewise for the filter's gradient. */
function foldPad(call: Call, op: OpOf<'conv' | 'convFilterGrad'>): Call {
  const origin = originOf(call, 0);
  const pads = origin?.op.kind === 'pad' ? spatialPads(origin.op) : undefined;
  if (origin === undefined || pads === undefined) return call;
  const window: Window = { ...op.window, pads: addPads(op.window.pads, pads) };
  return {
    op: { ...op, window },
    inputs: [origin.inputs[0]!, ...call.inputs.slice(1)],
    inputShapes: [origin.inputShapes[0]!, ...call.inputShapes.slice(1)],
    label: `${origin.label} + ${call.label}`,
  };
}

/** The gradient of conv(pad(x)): a slice of the input's gradient is that gradient with more pads. */
function foldSlice(call: Call, { begin }: OpOf<'slice'>, output: Shape): Call {
  const origin = originOf(call, 0);
  if (origin?.op.kind !== 'convInputGrad' || origin.op.epilogue.residual) return call;
  const full = origin.output.shape;
  if (begin[0] !== 0 || begin[3] !== 0 || full[0] !== output[0] || full[3] !== output[3]) return call;
  const after = (axis: number) => full[axis]! - begin[axis]! - output[axis]!;
  const pads = addPads(origin.op.window.pads, [begin[1]!, begin[2]!, after(1), after(2)]);
  const op: Op = { ...origin.op, window: { ...origin.op.window, pads } };
  return { ...origin, op, label: `${origin.label} + ${call.label}` };
}

/** The operation with `added` taken into its epilogue; undefined where it does not fit. */
function absorbAdd(op: Fusible, shape: Shape, added: Shape): Op | undefined {
  const { epilogue } = op;
  if (epilogue.relu || epilogue.residual) return undefined;
  const isBias = added.length === 1 && added[0] === shape.at(-1) && shape.length > 1;
  if (isBias && !epilogue.bias && op.kind !== 'convInputGrad') {
    return { ...op, epilogue: { ...epilogue, bias: true } };
  }
  return sameShape(added, shape) ? { ...op, epilogue: { ...epilogue, residual: true } } : undefined;
}

/** conv → + bias → + residual becomes one call; so do products, and the input's gradient with a sum. */
function fuseAdd(call: Call): Call {
  const candidates = [0, 1].flatMap((index) => {
    const origin = originOf(call, index);
    if (origin === undefined || !isFusible(origin.op)) return [];
    const op = absorbAdd(origin.op, origin.output.shape, call.inputShapes[1 - index]!);
    return op === undefined ? [] : [{ op, origin, other: 1 - index }];
  });
  const [first, second] = candidates;
  if (first === undefined) return call;
  const { op, origin, other } =
    second !== undefined && second.origin.serial > first.origin.serial ? second : first;
  return {
    op,
    inputs: [...origin.inputs, call.inputs[other]!],
    inputShapes: [...origin.inputShapes, call.inputShapes[other]!],
    label: `${origin.label} + ${call.label}`,
  };
}

/**
 * The call in its final form: with the calls that made its operands taken in, where one operation does both.
 *
 * That changes the order of sums, so it depends on nothing but the calls themselves: not on what is pending, has been
 * read, or is needed elsewhere. Fusions that change no bit are left to `lower/rewrite.ts`.
 */
export function compose(call: Call, output: Shape): Call {
  const { op } = call;
  if (op.kind === 'conv' || op.kind === 'convFilterGrad') return foldPad(call, op);
  if (op.kind === 'slice') return foldSlice(call, op, output);
  return op.kind === 'binary' && op.fn === 'Add' ? fuseAdd(call) : call;
}

/** A later call may take this one in. */
export function isComposable(op: Op): boolean {
  if (op.kind === 'pad') return spatialPads(op) !== undefined;
  return isFusible(op) && !op.epilogue.relu && !op.epilogue.residual;
}
