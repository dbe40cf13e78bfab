import * as cpuNamespace from '@tensorflow/tfjs-backend-cpu';
import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { compile } from './compile.js';
import type { Op, Shape, ValueType } from './ir.js';
import { createRecorder, type Recorder } from './recorder.js';
import { createBufferPool } from './runtime/buffer-pool.js';
import { type OnnxRuntimeOptions, resolveOptions } from './runtime/options.js';
import { type BackendValues, Slot } from './slot.js';
import { tf } from './tf.js';

const cpu = (cpuNamespace as { default?: typeof cpuNamespace }).default ?? cpuNamespace;

/** Most memory kept in free output buffers. */
const POOL_BYTES = 1 << 30;

const MAX_GRADIENTS_PENDING = 2;

/** What a tensor's `dataId` is to TensorFlow.js: an object, compared by identity. */
type DataId = TensorInfo['dataId'];

type SlotStorage = { get(dataId: DataId): Slot; has(dataId: DataId): boolean };

function isTyped(values: BackendValues | undefined, dtype: DataType): boolean {
  if (dtype === 'float32') return values instanceof Float32Array;
  return dtype === 'int32' ? values instanceof Int32Array : values instanceof Uint8Array;
}

/** Counters of the work done, for benchmarks and tests. */
export interface EngineStats {
  /** Graphs run. */
  runs: number;
  /** Graphs compiled. */
  compilations: number;
  /** Milliseconds spent compiling. */
  compileMs: number;
  /** Milliseconds spent inside ONNX Runtime. */
  runMs: number;
  /** Compiled graphs held. */
  sessions: number;
  /** Kernel calls recorded and not yet run. */
  pending: number;
  /** Bytes of free output buffers kept for reuse. */
  freeBytes: number;
  /** Bytes of what frozen weights were folded and reordered into, kept from run to run. */
  keptBytes: number;
}

/**
 * TensorFlow.js kernel backend on ONNX Runtime.
 *
 * Kernels of the hot set are recorded and run as one graph when a value is read; all others run TensorFlow.js's own
 * CPU kernels, which find their values through the storage this class shares with `MathBackendCPU`.
 */
export class OnnxRuntimeBackend extends cpu.MathBackendCPU {
  /** The settings in force. */
  readonly options: Readonly<Required<OnnxRuntimeOptions>>;
  private readonly recorder: Recorder;
  private readonly pool = createBufferPool(POOL_BYTES);
  private wasInGradient = false;
  private gradientsPending = 0;

  /** @param options See {@link OnnxRuntimeOptions}. @throws Error for an invalid option. */
  constructor(options: OnnxRuntimeOptions = {}) {
    super();
    this.options = resolveOptions(options);
    const resolved = this.options;
    this.recorder = createRecorder(resolved, this.pool, (graph) => compile(graph, resolved));
  }

  private get slots(): SlotStorage {
    return this.data as unknown as SlotStorage;
  }

  private store(slot: Slot): DataId {
    const dataId: DataId = {};
    this.data.set(dataId, slot as unknown as Parameters<typeof this.data.set>[1]);
    return dataId;
  }

  private readonly finish = (slot: Slot): void => {
    if (slot.error === undefined) this.recorder.flush();
    if (slot.error !== undefined) throw slot.error;
  };

  /**
   * Records a kernel call, or runs it at once in immediate mode.
   * @param label The kernel's name, for error messages.
   * @internal
   */
  record(label: string, op: Op, inputs: readonly TensorInfo[], shape: Shape, dtype: ValueType): TensorInfo {
    const output = new Slot(shape, dtype, undefined, this.finish);
    const slots = inputs.map((info) => this.operand(info));
    const shapes = inputs.map((info) => info.shape);
    this.noticeGradient();
    this.recorder.record({ op, inputs: slots, inputShapes: shapes, label }, output);
    return { dataId: this.store(output), shape: [...shape], dtype };
  }

  /**
   * A loop that reads nothing would record for ever. The start of a gradient is the one boundary of a training step
   * that a backend can see: at every third since the last run, what is pending runs, always the same graph.
   */
  private noticeGradient(): void {
    const inGradient = tf.engine().state.gradientDepth > 0;
    if (this.recorder.pending === 0) this.gradientsPending = 0;
    if (inGradient && !this.wasInGradient) {
      if (this.gradientsPending >= MAX_GRADIENTS_PENDING) {
        this.recorder.flush();
        this.gradientsPending = 0;
      }
      this.gradientsPending++;
    }
    this.wasInGradient = inGradient;
  }

  /** The operand's slot; a copy where a CPU cast gave the same data a second type. */
  private operand({ dataId, dtype }: TensorInfo): Slot {
    const slot = this.slots.get(dataId);
    if (slot.node !== undefined || (slot.dtype === dtype && isTyped(slot.buffer, dtype))) return slot;
    const values = tf.util.toTypedArray(slot.values as Float32Array, dtype as ValueType) as Float32Array;
    const copy = new Slot(slot.shape, dtype, values, this.finish);
    copy.disposed = true;
    return copy;
  }

  /** Runs everything that is pending. */
  flush(): void {
    const error = this.recorder.flush();
    if (error !== undefined) throw error;
  }

  /**
   * Gives back the memory that large graphs and free buffers hold between runs, say between training and evaluation.
   * Tensors stay; the next run of a large graph takes its memory anew.
   */
  releaseMemory(): void {
    this.recorder.releaseHeavy();
    this.pool.clear();
  }

  /** Counters since the backend was made. */
  stats(): EngineStats {
    const { stats, sessions, pending, keptBytes } = this.recorder;
    return { ...stats, sessions, pending, freeBytes: this.pool.freeBytes, keptBytes };
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    return this.store(new Slot(shape, dtype, values as BackendValues, this.finish));
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const slot = new Slot(shape, dtype, values as BackendValues, this.finish);
    slot.refCount = refCount;
    this.data.set(dataId, slot as unknown as Parameters<typeof this.data.set>[1]);
  }

  override readSync(dataId: DataId): backend_util.BackendValues {
    const slot = this.slots.get(dataId);
    if (slot.complexTensorInfos !== undefined) return super.readSync(dataId);
    if (slot.node !== undefined || slot.error !== undefined) this.finish(slot);
    if (slot.pooled && slot.buffer instanceof Float32Array) return slot.buffer.slice();
    return tf.util.convertBackendValuesAndArrayBuffer(
      slot.buffer as backend_util.BackendValues,
      slot.dtype,
    ) as backend_util.BackendValues;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const slot = this.slots.get(dataId);
    slot.refCount--;
    if (!force && slot.refCount > 0) return false;
    if (slot.complexTensorInfos !== undefined) {
      this.disposeData(slot.complexTensorInfos.real.dataId, true);
      this.disposeData(slot.complexTensorInfos.imag.dataId, true);
    }
    this.data.delete(dataId);
    this.recorder.release(slot);
    return true;
  }

  /** Runs what `f` records, too: the time of a kernel is that of its work. */
  override async time(f: () => void): Promise<{ kernelMs: number }> {
    this.recorder.flush();
    const start = performance.now();
    f();
    this.recorder.flush();
    return { kernelMs: performance.now() - start };
  }

  override dispose(): void {
    this.recorder.dispose();
  }
}
