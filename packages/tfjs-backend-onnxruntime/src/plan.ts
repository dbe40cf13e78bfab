import {
  type IrGraph,
  type IrNode,
  type IrValue,
  type Op,
  type Shape,
  sizeOf,
  type ValueType,
} from './ir.js';
import type { RecordedNode, Slot } from './slot.js';

/** What a run needs of the pending nodes, and the structure that decides whether a compiled graph fits. */
export interface Plan {
  readonly nodes: readonly RecordedNode[];
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly structure: Int32Array;
}

function createInterner(): (text: string) => number {
  const numbers = new Map<string, number>();
  return (text) => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  };
}

/** JSON has no infinities; two operations must not become equal by that. */
const keepNumbers = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** Numbers operations by their attributes; an object seen before costs one look-up. */
function createOperationInterner(): (op: Op) => number {
  const intern = createInterner();
  const numbers = new WeakMap<Op, number>();
  return (op) => {
    const known = numbers.get(op);
    if (known !== undefined) return known;
    const number = intern(JSON.stringify(op, keepNumbers));
    numbers.set(op, number);
    return number;
  };
}

function markNeeded(pending: readonly RecordedNode[]): void {
  for (let i = pending.length - 1; i >= 0; i--) {
    const node = pending[i]!;
    node.needed ||= node.output.isLive;
    if (!node.needed) continue;
    for (const input of node.inputs) if (input.node !== undefined) input.node.needed = true;
  }
}

export const nativeType = (slot: Slot): 'float32' | 'int32' | 'bool' => slot.dtype as ValueType;

export const describe = ({ label, inputShapes, output }: RecordedNode): string =>
  `${label}(${inputShapes.map((shape) => `[${shape.join()}]`).join(', ')}) -> [${output.shape.join()}]`;

/** Turns pending nodes into plans; numbers stand for operations and shapes, the same ones as long as it lives. */
export interface Planner {
  signatureOf(op: Op, inputShapes: readonly Shape[], output: Slot): number;
  plan(pending: readonly RecordedNode[]): Plan;
}

export function createPlanner(): Planner {
  const intern = createInterner();
  const layoutOf = createInterner();
  const operationOf = createOperationInterner();
  return {
    signatureOf(op, inputShapes, output) {
      let text = `${operationOf(op)}>${output.dtype}:${output.shape.join()}`;
      for (const shape of inputShapes) text += `|${shape.join()}`;
      return intern(text);
    },
    plan(pending) {
      markNeeded(pending);
      const nodes = pending.filter((node) => node.needed);
      const ordinals = new Map<Slot, number>();
      const inputs: Slot[] = [];
      const outputs: Slot[] = [];
      const structure: number[] = [];
      nodes.forEach((node, i) => {
        structure.push(node.signature);
        for (const slot of node.inputs) {
          let ordinal = ordinals.get(slot);
          if (ordinal === undefined) {
            inputs.push(slot);
            ordinal = -2 * inputs.length;
            ordinals.set(slot, ordinal);
            structure.push(-1, layoutOf(`${slot.dtype}:${slot.shape.join()}`));
          }
          structure.push(ordinal);
        }
        ordinals.set(node.output, i);
        if (node.output.isLive) {
          outputs.push(node.output);
          structure.push(-3);
        }
      });
      return { nodes, inputs, outputs, structure: Int32Array.from(structure) };
    },
  };
}

/** Whether an input is likely to be the same tensor in the next run. */
export type IsSteady = (slot: Slot, place: number) => boolean;

/** All that can be known at a graph's first run: another graph has read the tensor. */
export const wasReadBefore: IsSteady = (slot) => slot.wasRead && !slot.disposed;

/** Bytes of the inputs that are likely to be the same tensors in the next run. */
export const steadyBytes = ({ inputs }: Plan, isSteady: IsSteady): number =>
  inputs.filter(isSteady).reduce((total, { shape }) => total + 4 * sizeOf(shape), 0);

/** The plan's nodes as a graph to compile. */
export function toIr({ nodes, inputs, outputs }: Plan, isSteady: IsSteady = wasReadBefore): IrGraph {
  const values = new Map<Slot, IrValue>();
  const value = (slot: Slot, steady: boolean): IrValue => {
    const made: IrValue = {
      shape: slot.shape,
      type: nativeType(slot),
      producer: undefined,
      live: slot.isLive,
      steady,
    };
    values.set(slot, made);
    return made;
  };
  const irInputs = inputs.map((slot, place) => value(slot, isSteady(slot, place)));
  const irNodes = nodes.map((node): IrNode => {
    const output = value(node.output, false);
    const operands = node.inputs.map((slot, i) => ({
      value: values.get(slot)!,
      shape: node.inputShapes[i]!,
    }));
    const made: IrNode = { op: node.op, inputs: operands, output, label: describe(node) };
    output.producer = made;
    return made;
  });
  return { inputs: irInputs, nodes: irNodes, outputs: outputs.map((slot) => values.get(slot)!) };
}
