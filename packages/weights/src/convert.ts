import { UserError } from '@syn2real/core';
import {
  BYTES_PER_ELEMENT,
  type DType,
  HOST_IS_LITTLE_ENDIAN,
  numelOf,
  type TensorRecord,
} from './tensor-record.js';

/**
 * The elements as 32-bit floats. Integers and 64-bit floats are rounded to the nearest float32.
 *
 * @returns a view of the record's bytes when it is float32 and aligned (changing it changes the record), else a copy
 * @throws UserError when the data's length does not fit shape and dtype
 */
export function toFloat32(record: TensorRecord): Float32Array {
  const numel = checkedNumel(record);
  const { data, dtype } = record;
  if (dtype === 'F32' && HOST_IS_LITTLE_ENDIAN && data.byteOffset % 4 === 0) {
    return new Float32Array(data.buffer, data.byteOffset, numel);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = READERS[dtype];
  const out = new Float32Array(numel);
  for (let i = 0; i < numel; i++) out[i] = read(view, i);
  return out;
}

/**
 * A float32 record of the given shape. The bytes are shared with `values` on little-endian machines.
 *
 * @throws UserError when `values` does not have as many elements as `shape` asks for
 *
 * @example
 * ```ts
 * const bias = fromFloat32(new Float32Array([0, 1]), [2]);
 * ```
 */
export function fromFloat32(values: Float32Array, shape: readonly number[]): TensorRecord {
  const data = HOST_IS_LITTLE_ENDIAN
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : swapped(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 4);
  const record: TensorRecord = { dtype: 'F32', shape: [...shape], data };
  checkedNumel(record);
  return record;
}

/** A record of 64-bit integers, such as PyTorch's `num_batches_tracked`. @throws UserError when the sizes disagree */
export function fromInt64(values: readonly bigint[], shape: readonly number[]): TensorRecord {
  const data = new Uint8Array(values.length * 8);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => {
    view.setBigInt64(i * 8, value, true);
  });
  const record: TensorRecord = { dtype: 'I64', shape: [...shape], data };
  checkedNumel(record);
  return record;
}

/** A copy with the bytes of every element reversed. */
export function swapped(data: Uint8Array, bytesPerElement: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const within = i % bytesPerElement;
    out[i] = data[i - within + (bytesPerElement - 1 - within)] ?? 0;
  }
  return out;
}

/** Number of elements. @throws UserError when the data's length does not fit shape and dtype */
export function checkedNumel(
  record: Omit<TensorRecord, 'data'> & { readonly data: Pick<Uint8Array, 'byteLength'> },
  name = 'a tensor',
): number {
  const numel = numelOf(record.shape);
  const bytes = numel * BYTES_PER_ELEMENT[record.dtype];
  if (bytes !== record.data.byteLength) {
    throw new UserError({
      what: `the data of ${name} does not fit its shape`,
      got: `${record.data.byteLength} bytes`,
      expected: `${bytes} bytes for ${record.dtype} [${record.shape.join(', ')}]`,
    });
  }
  return numel;
}

const READERS: Readonly<Record<DType, (view: DataView, i: number) => number>> = {
  F64: (view, i) => view.getFloat64(i * 8, true),
  F32: (view, i) => view.getFloat32(i * 4, true),
  F16: (view, i) => float16(view.getUint16(i * 2, true)),
  BF16: (view, i) => bfloat16(view.getUint16(i * 2, true)),
  I64: (view, i) => Number(view.getBigInt64(i * 8, true)),
  I32: (view, i) => view.getInt32(i * 4, true),
  I16: (view, i) => view.getInt16(i * 2, true),
  I8: (view, i) => view.getInt8(i),
  U8: (view, i) => view.getUint8(i),
  BOOL: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
};

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const SCRATCH = new DataView(new ArrayBuffer(4));

function bfloat16(bits: number): number {
  SCRATCH.setUint32(0, bits << 16);
  return SCRATCH.getFloat32(0);
}
