import { type Params, tf, UserError } from '@syn2real/core';
import type { DType, LazyStateDict, LazyTensorRecord, StateDict, TensorRecord } from '@syn2real/weights';

/**
 * Tensors to be fetched off the backend one by one, bit by bit.
 *
 * @param check called with each tensor's bytes when they are fetched; may throw
 * @throws Error where a tensor is neither float32, int32 nor bool
 */
export function toRecords(
  tensors: Params,
  check?: (name: string, record: TensorRecord) => void,
): LazyStateDict {
  const records: Record<string, LazyTensorRecord> = Object.create(null);
  for (const [name, tensor] of Object.entries(tensors)) {
    const dtype = STORED[tensor.dtype];
    if (dtype === undefined) throw new Error(`A ${tensor.dtype} tensor ("${name}") cannot be saved.`);
    const shape = [...tensor.shape];
    records[name] = {
      dtype,
      shape,
      async *chunks() {
        const values = await tensor.data();
        const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        check?.(name, { dtype, shape, data });
        yield data;
      },
    };
  }
  return records;
}

/**
 * Tensors with the records' bits, in the order of `names`, owned by the caller.
 *
 * @throws UserError where a record is missing or of another type
 */
export function toTensors(records: StateDict, names: readonly string[]): Params {
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const name of names) tensors[name] = toTensor(name, records[name]);
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  return tensors;
}

/** Whether every float32 value is finite. */
export function allFinite({ dtype, data }: TensorRecord): boolean {
  if (dtype !== 'F32') return true;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  return words.every((word) => (word & EXPONENT) !== EXPONENT);
}

/** Set whole in float32's infinities and NaNs, and in nothing else. */
const EXPONENT = 0x7f800000;

const STORED: Readonly<Partial<Record<tf.DataType, DType>>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };

function toTensor(name: string, record: TensorRecord | undefined): tf.Tensor {
  if (record === undefined)
    throw new UserError({ what: `a checkpoint lacks the tensor "${name}" that it lists` });
  const { dtype, shape, data } = record;
  const bytes = new Uint8Array(data);
  switch (dtype) {
    case 'F32':
      return tf.tensor(new Float32Array(bytes.buffer), [...shape], 'float32');
    case 'I32':
      return tf.tensor(new Int32Array(bytes.buffer), [...shape], 'int32');
    case 'BOOL':
      return tf.tensor(bytes, [...shape], 'bool');
    default:
      throw new UserError({
        what: `the tensor "${name}" of a checkpoint has a type that no tensor has here`,
        got: dtype,
        expected: 'F32, I32 or BOOL',
      });
  }
}
