import type { IrGraph, IrNode, IrValue, Op, Shape, ValueType } from './ir.js';
import type { NativeData, NativeTensor } from './runtime/binding.js';
import type { BufferPool } from './runtime/buffer-pool.js';
import { createLru } from './runtime/lru.js';
import type { ResolvedOptions } from './runtime/options.js';
import type { RecordedNode, Slot } from './slot.js';

/** A graph compiled for one structure: reads the inputs in order, fills the outputs in order. */
export interface Program {
  /** For each output the input whose buffer it may take over, or -1. */
  readonly reuse: readonly number[];
  /** Holds so much memory between runs that few such programs may keep theirs. */
  readonly isHeavy: boolean;
  run(inputs: readonly NativeTensor[], outputs: readonly NativeTensor[]): void;
  /** Gives the session's memory back; the next run makes it anew. */
  release(): void;
}

export interface RecorderStats {
  /** Runs of a compiled graph. */
  runs: number;
  /** Graphs compiled. */
  compilations: number;
  /** Milliseconds spent in compiling. */
  compileMs: number;
  /** Milliseconds spent inside ONNX Runtime. */
  runMs: number;
}

export interface Recorder {
  readonly stats: RecorderStats;
  readonly pending: number;
  readonly sessions: number;
  /** Notes a kernel call whose value `output` will hold. */
  record(op: Op, inputs: readonly Slot[], inputShapes: readonly Shape[], output: Slot, label: string): void;
  /** Runs everything pending that a live tensor needs. */
  flush(): void;
  /** The tensor behind the slot is gone. */
  release(slot: Slot): void;
  dispose(): void;
}

/** Heavy programs that keep their memory: say a training step, an evaluation, and the last batches of both. */
const MAX_HEAVY = 4;

interface CachedProgram {
  readonly structure: Int32Array;
  readonly program: Program;
  runs: number;
}

/** What a run needs of the pending nodes, and the structure that decides whether a compiled graph fits. */
interface Plan {
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
    node.needed ||= !node.output.disposed;
    if (!node.needed) continue;
    for (const input of node.inputs) if (input.node !== undefined) input.node.needed = true;
  }
}

function hash(structure: Int32Array): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const value of structure) {
    a = Math.imul(a ^ value, 0x01000193);
    b = Math.imul(b ^ value, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${structure.length}:${a}:${b}`;
}

const equal = (a: Int32Array, b: Int32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

const nativeType = (slot: Slot): 'float32' | 'int32' | 'bool' => slot.dtype as ValueType;

const toNative = (slot: Slot, data: NativeData): NativeTensor => ({
  dims: slot.shape,
  data,
  type: nativeType(slot),
  location: 'cpu',
});

const describe = ({ label, inputShapes, output }: RecordedNode): string =>
  `${label}(${inputShapes.map((shape) => `[${shape.join()}]`).join(', ')}) -> [${output.shape.join()}]`;

function failure({ nodes }: Plan, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const kernels = nodes.length === 1 ? describe(nodes[0]!) : `a graph of ${nodes.length} kernels`;
  return new Error(`The onnxruntime backend could not run ${kernels}: ${reason}`, { cause });
}

export function createRecorder(
  options: ResolvedOptions,
  pool: BufferPool,
  compile: (graph: IrGraph) => Program,
): Recorder {
  const signatureOf = createInterner();
  const layoutOf = createInterner();
  const operationOf = createOperationInterner();
  const programs = createLru<string, CachedProgram>(options.maxSessions, (entry) => entry.program.release());
  /** Heavy programs that hold memory; those that ran just once are not among them. */
  const holding = createLru<Program, Program>(MAX_HEAVY, (program) => program.release());
  const stats: RecorderStats = { runs: 0, compilations: 0, compileMs: 0, runMs: 0 };
  let pending: RecordedNode[] = [];

  function plan(): Plan {
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
      if (!node.output.disposed) {
        outputs.push(node.output);
        structure.push(-3);
      }
    });
    return { nodes, inputs, outputs, structure: Int32Array.from(structure) };
  }

  function toIr({ nodes, inputs, outputs }: Plan): IrGraph {
    const values = new Map<Slot, IrValue>();
    const value = (slot: Slot, live: boolean): IrValue => {
      const made: IrValue = { shape: slot.shape, type: nativeType(slot), producer: undefined, live };
      values.set(slot, made);
      return made;
    };
    const irInputs = inputs.map((slot) => value(slot, !slot.disposed));
    const irNodes = nodes.map((node): IrNode => {
      const output = value(node.output, !node.output.disposed);
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

  function programFor(current: Plan): CachedProgram {
    const key = hash(current.structure);
    const cached = programs.get(key);
    if (cached !== undefined && equal(cached.structure, current.structure)) return cached;
    const start = performance.now();
    const program = compile(toIr(current));
    stats.compilations++;
    stats.compileMs += performance.now() - start;
    const entry: CachedProgram = { structure: current.structure, program, runs: 0 };
    programs.set(key, entry);
    return entry;
  }

  function allocate(slot: Slot): NativeData {
    const size = slot.shape.reduce((a, b) => a * b, 1);
    if (slot.dtype === 'float32') return pool.take(size);
    return slot.dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  }

  /** The buffers of the outputs: a dying input's where the program allows it, else one of the pool. */
  function outputBuffers(program: Program, { inputs, outputs }: Plan): NativeData[] {
    return outputs.map((slot, i) => {
      const donor = inputs[program.reuse[i]!];
      if (donor?.disposed && donor.pooled && donor.buffer instanceof Float32Array) {
        donor.pooled = false;
        return donor.buffer;
      }
      return allocate(slot);
    });
  }

  /** A heavy program keeps its memory from its second run on: the first step of a training is often unlike the rest. */
  function settle(entry: CachedProgram): void {
    entry.runs++;
    if (!entry.program.isHeavy) return;
    if (entry.runs === 1) entry.program.release();
    else holding.set(entry.program, entry.program);
  }

  function execute(current: Plan): void {
    const entry = programFor(current);
    const buffers = outputBuffers(entry.program, current);
    const start = performance.now();
    entry.program.run(
      current.inputs.map((slot) => toNative(slot, slot.buffer as NativeData)),
      current.outputs.map((slot, i) => toNative(slot, buffers[i]!)),
    );
    stats.runs++;
    stats.runMs += performance.now() - start;
    current.outputs.forEach((slot, i) => {
      slot.buffer = buffers[i]!;
      slot.pooled = slot.dtype === 'float32';
    });
    settle(entry);
  }

  function giveBack(slot: Slot): void {
    if (slot.pooled && slot.buffer instanceof Float32Array) pool.give(slot.buffer);
    slot.pooled = false;
    slot.buffer = undefined;
  }

  function finishNodes(nodes: readonly RecordedNode[], error: Error | undefined): void {
    for (const node of nodes) {
      node.output.node = undefined;
      if (error !== undefined) node.output.error = error;
    }
    for (const node of nodes) {
      for (const slot of node.inputs) {
        slot.pendingUses--;
        if (slot.pendingUses === 0 && slot.disposed) giveBack(slot);
      }
    }
  }

  function flush(): void {
    if (pending.length === 0) return;
    const nodes = pending;
    const failed = nodes.find((node) => node.inputs.some((slot) => slot.error !== undefined));
    const current = plan();
    pending = [];
    let error: Error | undefined;
    try {
      if (failed !== undefined) throw new Error('An operand could not be computed.');
      if (current.outputs.length > 0) execute(current);
    } catch (cause) {
      error = failed?.inputs.find((slot) => slot.error !== undefined)?.error ?? failure(current, cause);
      throw error;
    } finally {
      finishNodes(nodes, error);
    }
  }

  return {
    stats,
    get pending() {
      return pending.length;
    },
    get sessions() {
      return programs.size;
    },
    record(op, inputs, inputShapes, output, label) {
      let text = `${operationOf(op)}>${output.dtype}:${output.shape.join()}`;
      for (const shape of inputShapes) text += `|${shape.join()}`;
      const signature = signatureOf(text);
      const node: RecordedNode = { op, signature, inputs, inputShapes, output, label, needed: false };
      for (const slot of inputs) slot.pendingUses++;
      output.node = node;
      pending.push(node);
      if (options.mode === 'immediate' || pending.length >= options.maxPending) flush();
    },
    flush,
    release(slot) {
      slot.disposed = true;
      if (slot.node === undefined && slot.pendingUses === 0) giveBack(slot);
    },
    dispose() {
      finishNodes(pending, undefined);
      pending = [];
      programs.clear();
      holding.clear();
    },
  };
}
