import { type Call, compose, isComposable } from './compose.js';
import type { IrGraph } from './ir.js';
import { createPlanner, describe, nativeType, type Plan, toIr } from './plan.js';
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
  record(call: Call, output: Slot): void;
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

const toNative = (slot: Slot, data: NativeData): NativeTensor => ({
  dims: slot.shape,
  data,
  type: nativeType(slot),
  location: 'cpu',
});

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
  const planner = createPlanner();
  const programs = createLru<string, CachedProgram>(options.maxSessions, (entry) => entry.program.release());
  /** Heavy programs that hold memory; those that ran just once are not among them. */
  const holding = createLru<Program, Program>(MAX_HEAVY, (program) => program.release());
  const stats: RecorderStats = { runs: 0, compilations: 0, compileMs: 0, runMs: 0 };
  let pending: RecordedNode[] = [];
  let serial = 0;

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
      if (donor !== undefined && !donor.isLive && donor.pooled && donor.buffer instanceof Float32Array) {
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

  function settleSlot(slot: Slot): void {
    if (!slot.isLive && slot.node === undefined && slot.pendingUses === 0) giveBack(slot);
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
        settleSlot(slot);
      }
    }
  }

  function setOrigin(slot: Slot, node: RecordedNode | undefined): void {
    for (const input of node?.inputs ?? []) input.holds++;
    const former = slot.origin;
    slot.origin = node;
    for (const input of former?.inputs ?? []) {
      input.holds--;
      settleSlot(input);
    }
  }

  function flush(): void {
    if (pending.length === 0) return;
    const nodes = pending;
    const failed = nodes.find((node) => node.inputs.some((slot) => slot.error !== undefined));
    const current = planner.plan(pending);
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
    record(made, output) {
      const call = compose(made, output.shape);
      const signature = planner.signatureOf(call.op, call.inputShapes, output);
      const { op, inputs, inputShapes, label } = call;
      const node: RecordedNode = {
        op,
        signature,
        inputs,
        inputShapes,
        output,
        label,
        serial: serial++,
        needed: false,
      };
      for (const slot of inputs) slot.pendingUses++;
      output.node = node;
      if (isComposable(op)) setOrigin(output, node);
      pending.push(node);
      if (options.mode === 'immediate' || pending.length >= options.maxPending) flush();
    },
    flush,
    release(slot) {
      slot.disposed = true;
      setOrigin(slot, undefined);
      settleSlot(slot);
    },
    dispose() {
      finishNodes(pending, undefined);
      pending = [];
      programs.clear();
      holding.clear();
    },
  };
}
