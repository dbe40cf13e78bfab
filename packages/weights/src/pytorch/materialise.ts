import { swapped } from '../convert.js';
import { FormatError } from '../errors.js';
import { BYTES_PER_ELEMENT, numelOf, type TensorRecord } from '../tensor-record.js';
import type { Archive } from './archive.js';
import type { TensorRef, TensorView } from './values.js';

/**
 * Reads the tensors' elements, storage by storage, each into contiguous row-major order.
 *
 * @param maxTensorBytes - most bytes to make, over all tensors
 * @throws FormatError when a tensor is incomplete, a storage has another size than declared, or the bound is passed
 */
export async function materialise(
  refs: Iterable<TensorRef>,
  archive: Archive,
  maxTensorBytes: number,
): Promise<ReadonlyMap<TensorRef, TensorRecord>> {
  const byStorage = new Map<string, [TensorRef, TensorView][]>();
  let total = 0;
  for (const ref of new Set(refs)) {
    if (ref.view === undefined)
      throw new FormatError('it holds a tensor without elements', 'an empty object', 'a tensor');
    total += numelOf(ref.view.shape) * BYTES_PER_ELEMENT[ref.view.storage.dtype];
    if (total > maxTensorBytes) {
      throw new FormatError(
        'its tensors are larger than the file allows',
        `more than ${maxTensorBytes} bytes`,
        'fewer (option maxTensorBytes)',
      );
    }
    const { key, dtype, numel } = ref.view.storage;
    const group = `${dtype} ${numel} ${key}`;
    const views = byStorage.get(group);
    if (views === undefined) byStorage.set(group, [[ref, ref.view]]);
    else views.push([ref, ref.view]);
  }
  const records = new Map<TensorRef, TensorRecord>();
  for (const views of byStorage.values()) {
    const [, first] = views[0] ?? [];
    if (first === undefined) continue;
    const raw = await archive.readStorage(first.storage);
    const width = BYTES_PER_ELEMENT[first.storage.dtype];
    const bytes = archive.bigEndian && width > 1 ? swapped(raw, width) : raw;
    for (const [ref, view] of views) records.set(ref, gather(bytes, view, views.length === 1));
  }
  return records;
}

/** A view's elements in row-major order: the storage itself where it is exactly that, else a copy. */
function gather(
  bytes: Uint8Array,
  { storage, offset, shape, strides }: TensorView,
  owned: boolean,
): TensorRecord {
  const width = BYTES_PER_ELEMENT[storage.dtype];
  const numel = numelOf(shape);
  const start = (storage.offset + offset) * width;
  const end = start + numel * width;
  if (numel > 0 && isContiguous(shape, strides)) {
    if (end > bytes.byteLength) throw shortStorage(end, bytes.byteLength);
    const whole = owned && start === 0 && end === bytes.byteLength;
    return { dtype: storage.dtype, shape, data: whole ? bytes : bytes.slice(start, end) };
  }
  const data = new Uint8Array(numel * width);
  const index = shape.map(() => 0);
  let from = start;
  for (let to = 0; to < data.byteLength; to += width) {
    if (from + width > bytes.byteLength) throw shortStorage(from + width, bytes.byteLength);
    for (let b = 0; b < width; b++) data[to + b] = bytes[from + b] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = (strides[axis] ?? 0) * width;
      const next = (index[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        from += step;
        break;
      }
      from -= step * (next - 1);
      index[axis] = 0;
    }
  }
  return { dtype: storage.dtype, shape, data };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 0;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function shortStorage(wanted: number, size: number): FormatError {
  return new FormatError('a storage is shorter than its tensors', `${size} bytes`, `${wanted} bytes`);
}
