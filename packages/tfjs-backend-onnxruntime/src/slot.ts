import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { CallSite } from './call-site.js';
import type { Op, Shape } from './ir.js';

export type BackendValues = Float32Array | Int32Array | Uint8Array | Uint8Array[];

/** A kernel call that has not run yet. */
export interface RecordedNode {
  readonly op: Op;
  /** Number that stands for the operation, its attributes, and the shapes and types of its operands. */
  readonly signature: number;
  readonly inputs: readonly Slot[];
  readonly inputShapes: readonly Shape[];
  readonly output: Slot;
  /** The kernel's name. */
  readonly label: string;
  /** Signatures of the calls taken in; known only until the call is one like those that have run. */
  readonly absorbed: readonly number[];
  /** Position among all calls recorded. */
  readonly serial: number;
  /** Where the kernel was called; undefined for a call like one that has run before. */
  site: CallSite | undefined;
  needed: boolean;
}

/**
 * The data behind a tensor's `dataId`. CPU kernels read it through `values`, as they read their own backend's
 * records; reading an unfinished one runs what is pending.
 */
export class Slot {
  refCount = 1;
  disposed = false;
  complexTensorInfos: { real: TensorInfo; imag: TensorInfo } | undefined = undefined;
  /** The kernel call that will produce the value. */
  node: RecordedNode | undefined = undefined;
  /** The kernel call that made the value, as long as a later call may take it in; holds its operands' values. */
  origin: RecordedNode | undefined = undefined;
  /** Origins of other slots that read this one. */
  holds = 0;
  /** Pending nodes that read this slot. */
  pendingUses = 0;
  /** A run has read the value. */
  wasRead = false;
  /** The buffer came from the pool and nobody else has seen it: it may go back. */
  pooled = false;
  error: Error | undefined = undefined;

  constructor(
    readonly shape: Shape,
    readonly dtype: TensorInfo['dtype'],
    /** The value, once there is one. */
    public buffer: BackendValues | undefined,
    private readonly finish: (slot: Slot) => void,
  ) {}

  /** Somebody may still read the value after a run. */
  get isLive(): boolean {
    return !this.disposed || this.holds > 0;
  }

  /** The value's array itself, which CPU kernels may alias: its buffer never returns to the pool. */
  get values(): BackendValues | undefined {
    if (this.node !== undefined || this.error !== undefined) this.finish(this);
    this.pooled = false;
    return this.buffer;
  }

  set values(values: BackendValues | undefined) {
    this.buffer = values;
    this.pooled = false;
  }
}
