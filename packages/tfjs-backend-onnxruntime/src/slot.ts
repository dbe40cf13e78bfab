import type { TensorInfo } from '@tensorflow/tfjs-core';
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
  /** Pending nodes that read this slot. */
  pendingUses = 0;
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
