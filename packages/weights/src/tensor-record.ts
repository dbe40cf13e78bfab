/** Element types that the readers understand, named as safetensors names them. */
export type DType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** Bytes per element of each {@link DType}. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** A tensor as plain data: row-major, contiguous, little endian. Belongs to no backend, needs no disposing. */
export interface TensorRecord {
  readonly dtype: DType;
  /** Sizes per axis; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** `numel · bytesPerElement` bytes, little endian. */
  readonly data: Uint8Array;
}

/** A tensor whose elements are fetched when they are wanted, so that only one's need be in memory at a time. */
export interface LazyTensorRecord extends Omit<TensorRecord, 'data'> {
  /** The bytes of {@link TensorRecord.data} in pieces, each good until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Tensors by name, in PyTorch's layout when they come from PyTorch. Objects made here have no prototype, so any name is safe. */
export type StateDict = Readonly<Record<string, TensorRecord>>;

/** A state dict that is read tensor by tensor. */
export type LazyStateDict = Readonly<Record<string, LazyTensorRecord>>;

/** A state dict to be filled, without a prototype. */
export function emptyStateDict(): Record<string, TensorRecord> {
  return Object.create(null);
}

/** Number of elements of a shape; `NaN` when it is not an array of non-negative integers or exceeds 2⁵³. */
export function numelOf(shape: readonly number[]): number {
  let numel = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return Number.NaN;
    numel *= size;
  }
  return Number.isSafeInteger(numel) ? numel : Number.NaN;
}

/** Whether numbers lie in memory as they lie in files (every machine Node runs on today but s390x). */
export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
