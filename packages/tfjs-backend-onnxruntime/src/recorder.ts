import { captureCallSite, describeCallSite } from './call-site.js';
import { type Call, compose, isComposable } from './compose.js';
import { type IrGraph, isSingle } from './ir.js';
import type { IdentityOf } from './kept.js';
import { createPlanner, describe, type IsSteady, nativeType, type Plan, steadyBytes, toIr } from './plan.js';
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
  /** Bytes of values kept from run to run. */
  readonly keptBytes: number;
  run(inputs: readonly NativeTensor[], outputs: readonly NativeTensor[], identityOf: IdentityOf): void;
  /**
   * Builds the program anew, for the same graph with the inputs now known as steady, if other values than before can be
   * kept from run to run, or some can no longer.
   * @returns Whether it was built.
   */
  keepSteady(graph: IrGraph): boolean;
  /**
   * Builds the program anew without kept values, if they were computed for every second run.
   * @returns Whether it was built.
   */
  dropUnsteady(): boolean;
  /** Gives back what is kept from run to run; the next run computes it anew. */
  releaseKept(): void;
  /** Gives the session's memory back too; the next run makes it anew. */
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
  /** Bytes of values that the sessions' graphs keep from run to run. */
  readonly keptBytes: number;
  /** Notes a kernel call whose value `output` will hold. */
  record(call: Call, output: Slot): void;
  /**
   * Runs everything pending that a live tensor needs. Where a call fails, it and what depends on it keep the error,
   * and all others get their values.
   * @returns The first failure.
   */
  flush(): Error | undefined;
  /** The tensor behind the slot is gone. */
  release(slot: Slot): void;
  /** Gives back what large graphs hold between runs; the next run of each takes it anew. */
  releaseHeavy(): void;
  dispose(): void;
}

/** Heavy programs that keep their memory: say a training step, an evaluation, and the last batches of both. */
const MAX_HEAVY = 4;

/** What a program keeps is given back after so many runs of others: it costs about a run to compute. */
const KEPT_IDLE_RUNS = 64;

/** Inputs that stay are worth a look from here on. */
const MIN_STEADY_BYTES = 1 << 20;

interface CachedProgram {
  readonly structure: Int32Array;
  readonly program: Program;
  runs: number;
  /** The inputs of its first run, until the second. */
  firstInputs?: readonly WeakRef<Slot>[];
  /** Runs of all programs before its last one. */
  lastRun: number;
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

/** A single number is made anew in every step: it is known by its value, all else by its slot. */
const identityOf = (slot: Slot): unknown => (isSingle(slot) ? (slot.buffer as NativeData)[0] : slot);

function failure(node: RecordedNode, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const site = describeCallSite(node.site);
  const where = site === '' ? '' : `, called at ${site}`;
  return new Error(`The onnxruntime backend could not run ${describe(node)}${where}: ${reason}`, { cause });
}

/** For an operand whose buffer an output had taken over when the run failed: it may be written over. */
function lostOperand({ nodes }: Plan, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const failed = nodes.find((node) => reason.includes(describe(node)));
  if (failed !== undefined) return failure(failed, cause);
  return new Error(
    `The onnxruntime backend lost a value when a graph of ${nodes.length} kernels failed: ${reason}`,
    {
      cause,
    },
  );
}

/** What a call may have taken in: the calls that made its operands. */
const absorbedBy = ({ inputs }: Call): number[] =>
  inputs.flatMap(({ origin }) => (origin === undefined ? [] : [origin.signature, ...origin.absorbed]));

const operandError = (node: RecordedNode): Error | undefined =>
  node.inputs.find((slot) => slot.error !== undefined)?.error;

export function createRecorder(
  options: ResolvedOptions,
  pool: BufferPool,
  compile: (graph: IrGraph) => Program,
): Recorder {
  const planner = createPlanner();
  const programs = createLru<string, CachedProgram>(options.maxSessions, (entry) => entry.program.release());
  /** Heavy programs that hold memory; those that ran just once are not among them. */
  const holding = createLru<Program, Program>(MAX_HEAVY, (program) => program.release());
  /** The heavy program that ran last, if just once. */
  let fresh: CachedProgram | undefined;
  const stats: RecorderStats = { runs: 0, compilations: 0, compileMs: 0, runMs: 0 };
  /** Signatures of calls that have run: another like them will not fail by its shapes. */
  const proven = new Set<number>();
  let pending: RecordedNode[] = [];
  let serial = 0;

  function timed<Result>(work: () => Result): Result {
    const start = performance.now();
    const result = work();
    stats.compileMs += performance.now() - start;
    return result;
  }

  function countIfBuilt(build: () => boolean): void {
    if (timed(build)) stats.compilations++;
  }

  function programFor(current: Plan): CachedProgram {
    const key = hash(current.structure);
    const cached = programs.get(key);
    if (cached !== undefined && equal(cached.structure, current.structure)) {
      if (cached.firstInputs !== undefined) reconsider(cached, current, cached.firstInputs);
      cached.firstInputs = undefined;
      return cached;
    }
    const program = timed(() => compile(toIr(current)));
    stats.compilations++;
    const entry: CachedProgram = {
      structure: current.structure,
      program,
      runs: 0,
      lastRun: stats.runs,
    };
    programs.set(key, entry);
    return entry;
  }

  /** At the first run nobody could know which inputs stay; the second has those that did. */
  function reconsider({ program }: CachedProgram, current: Plan, first: readonly WeakRef<Slot>[]): void {
    const stayed: IsSteady = (slot, place) => first[place]!.deref() === slot && !slot.disposed;
    if (program.keptBytes === 0 && steadyBytes(current, stayed) < MIN_STEADY_BYTES) return;
    countIfBuilt(() => program.keepSteady(toIr(current, stayed)));
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

  /** The first step of a training is often unlike the rest: what ran once gives way to the next heavy program. */
  function makeRoom(entry: CachedProgram): void {
    if (!entry.program.isHeavy || fresh === entry) return;
    fresh?.program.release();
    fresh = undefined;
  }

  function settle(entry: CachedProgram, { inputs }: Plan): void {
    entry.runs++;
    if (entry.runs === 1) entry.firstInputs = inputs.map((slot) => new WeakRef(slot));
    entry.lastRun = stats.runs;
    countIfBuilt(() => entry.program.dropUnsteady());
    for (const { program, lastRun } of programs.values) {
      if (stats.runs - lastRun > KEPT_IDLE_RUNS) program.releaseKept();
    }
    if (!entry.program.isHeavy) return;
    fresh = entry.runs === 1 ? entry : undefined;
    if (entry.runs > 1) holding.set(entry.program, entry.program);
  }

  function runInto(program: Program, current: Plan, buffers: readonly NativeData[]): void {
    const start = performance.now();
    program.run(
      current.inputs.map((slot) => toNative(slot, slot.buffer as NativeData)),
      current.outputs.map((slot, i) => toNative(slot, buffers[i]!)),
      (place) => identityOf(current.inputs[place]!),
    );
    for (const slot of current.inputs) slot.wasRead = true;
    stats.runs++;
    stats.runMs += performance.now() - start;
    current.outputs.forEach((slot, i) => {
      slot.buffer = buffers[i]!;
      slot.pooled = slot.dtype === 'float32';
    });
  }

  function execute(current: Plan): void {
    const entry = programFor(current);
    makeRoom(entry);
    const buffers = outputBuffers(entry.program, current);
    try {
      runInto(entry.program, current, buffers);
    } catch (cause) {
      const taken = new Set<unknown>(buffers);
      const lost = lostOperand(current, cause);
      for (const slot of current.inputs) if (taken.has(slot.buffer)) slot.error = lost;
      throw cause;
    }
    settle(entry, current);
    for (const { signature, absorbed } of current.nodes) {
      proven.add(signature);
      for (const part of absorbed) proven.add(part);
    }
  }

  /** Runs calls one by one, each in a graph of its own; a failing one keeps its error, and so do those that need it. */
  function isolate(nodes: readonly RecordedNode[]): void {
    for (const { output } of nodes) output.holds++;
    for (const node of nodes) {
      node.output.error = operandError(node);
      if (node.output.error !== undefined) continue;
      const alone = planner.plan([node]);
      try {
        const program = compile(toIr(alone));
        try {
          runInto(program, alone, alone.outputs.map(allocate));
        } finally {
          program.release();
        }
        node.output.node = undefined;
      } catch (cause) {
        node.output.error = failure(node, cause);
      }
    }
    for (const { output } of nodes) output.holds--;
  }

  function settleSlot(slot: Slot): void {
    if (!slot.isLive && slot.node === undefined && slot.pendingUses === 0) giveBack(slot);
  }

  function giveBack(slot: Slot): void {
    if (slot.pooled && slot.buffer instanceof Float32Array) pool.give(slot.buffer);
    slot.pooled = false;
    slot.buffer = undefined;
  }

  function finishNodes(nodes: readonly RecordedNode[]): void {
    for (const node of nodes) {
      node.output.node = undefined;
      node.site = undefined;
    }
    for (const node of nodes) {
      settleSlot(node.output);
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

  function flush(): Error | undefined {
    if (pending.length === 0) return undefined;
    const nodes = pending;
    pending = [];
    for (const node of nodes) node.output.error = operandError(node);
    const sound = nodes.filter((node) => node.output.error === undefined);
    const current = planner.plan(sound);
    try {
      if (current.outputs.length > 0) execute(current);
    } catch {
      isolate(current.nodes);
    } finally {
      finishNodes(nodes);
    }
    return nodes.find((node) => node.output.error !== undefined)?.output.error;
  }

  return {
    stats,
    get pending() {
      return pending.length;
    },
    get sessions() {
      return programs.size;
    },
    get keptBytes() {
      return programs.values.reduce((total, { program }) => total + program.keptBytes, 0);
    },
    record(made, output) {
      const call = compose(made, output.shape);
      const signature = planner.signatureOf(call.op, call.inputShapes, output);
      const { op, inputs, inputShapes, label } = call;
      const isProven = proven.has(signature);
      const node: RecordedNode = {
        op,
        signature,
        inputs,
        inputShapes,
        output,
        label,
        serial: serial++,
        absorbed: isProven || call === made ? [] : absorbedBy(made),
        site: isProven ? undefined : captureCallSite(),
        needed: false,
      };
      for (const slot of inputs) slot.pendingUses++;
      output.node = node;
      if (isComposable(op)) setOrigin(output, node);
      pending.push(node);
      if (options.mode === 'immediate') {
        const error = flush();
        if (error !== undefined) throw error;
      } else if (pending.length >= options.maxPending) flush();
    },
    flush,
    release(slot) {
      slot.disposed = true;
      setOrigin(slot, undefined);
      settleSlot(slot);
    },
    releaseHeavy() {
      fresh?.program.release();
      fresh = undefined;
      holding.clear();
    },
    dispose() {
      finishNodes(pending);
      pending = [];
      programs.clear();
      holding.clear();
    },
  };
}
