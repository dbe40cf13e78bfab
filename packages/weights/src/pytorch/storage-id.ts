import { FormatError } from '../errors.js';
import { describe, isKind, type Pickled, type StorageRef } from './values.js';

/**
 * The storage that a persistent id names: `('storage', class, key, device, numel)`, in legacy files followed by None or
 * `(view key, offset, size)`.
 *
 * @throws FormatError when the id is anything else
 */
export function storageOf(id: Pickled): StorageRef {
  if (!Array.isArray(id)) throw notAStorage(id);
  const [tag, type, key, , numel, view] = id;
  if (tag !== 'storage' || !isKind(type, 'global') || type.dtype === undefined)
    throw notAStorage(tag === 'storage' ? type : tag);
  if (typeof key !== 'string') throw notAStorage(key);
  const whole: StorageRef = { kind: 'storage', key, dtype: type.dtype, offset: 0, numel: count(numel) };
  if (view === undefined || view === null) return whole;
  if (!Array.isArray(view)) throw notAStorage(view);
  return viewOf(whole, view[1], view[2]);
}

/** A part of a storage. @throws FormatError when it leaves it */
export function viewOf(
  whole: StorageRef,
  offset: Pickled | undefined,
  numel: Pickled | undefined,
): StorageRef {
  const part = { ...whole, offset: whole.offset + count(offset), numel: count(numel) };
  if (part.offset + part.numel > whole.offset + whole.numel) {
    throw new FormatError(
      'it holds a view that leaves its storage',
      `element ${part.offset + part.numel}`,
      `at most ${whole.numel}`,
    );
  }
  return part;
}

/** A count of elements. @throws FormatError when it is none */
export function count(value: Pickled | undefined): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError('it holds a damaged storage', describe(value), 'a count of elements');
}

function notAStorage(got: Pickled | undefined): FormatError {
  return new FormatError(
    'it refers to something that is no storage of numbers',
    describe(got),
    "PyTorch's ('storage', …)",
  );
}
