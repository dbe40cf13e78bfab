import { FormatError } from '../errors.js';
import { describe, isKind, type NumpyDType, type Pickled } from './values.js';

const READERS: Readonly<
  Record<string, { bytes: number; read(view: DataView, little: boolean): number | bigint | boolean }>
> = {
  f8: { bytes: 8, read: (view, little) => view.getFloat64(0, little) },
  f4: { bytes: 4, read: (view, little) => view.getFloat32(0, little) },
  i8: { bytes: 8, read: (view, little) => view.getBigInt64(0, little) },
  i4: { bytes: 4, read: (view, little) => view.getInt32(0, little) },
  b1: { bytes: 1, read: (view) => view.getUint8(0) !== 0 },
};

/** `numpy.dtype(code, align, copy)`: the type of a scalar such as a best accuracy kept in a checkpoint. */
export function numpyDType([code]: readonly Pickled[]): NumpyDType {
  if (typeof code !== 'string' || !Object.hasOwn(READERS, code)) {
    throw new FormatError(
      'it holds a NumPy value of an unknown type',
      describe(code),
      Object.keys(READERS).join(', '),
    );
  }
  return { kind: 'numpy-dtype', code, littleEndian: true };
}

/** `numpy.dtype.__setstate__`: only the byte order matters to a scalar. */
export function setNumpyState(dtype: NumpyDType, state: Pickled): void {
  const order = Array.isArray(state) ? state[1] : undefined;
  if (order !== '<' && order !== '>' && order !== '|') {
    throw new FormatError('it holds a NumPy value of an unknown type', describe(order), '"<", ">" or "|"');
  }
  dtype.littleEndian = order !== '>';
}

/** `numpy.core.multiarray.scalar(dtype, bytes)` as a plain number. */
export function numpyScalar([dtype, bytes]: readonly Pickled[]): Pickled {
  const raw = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const reader = isKind(dtype, 'numpy-dtype') ? READERS[dtype.code] : undefined;
  if (!isKind(dtype, 'numpy-dtype') || !(raw instanceof Uint8Array) || raw.byteLength !== reader?.bytes) {
    throw new FormatError('it holds a damaged NumPy value', describe(bytes), 'the bytes of one number');
  }
  const value = reader.read(new DataView(raw.buffer, raw.byteOffset, raw.byteLength), dtype.littleEndian);
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
