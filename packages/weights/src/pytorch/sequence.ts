import type { ByteSource } from '../byte-source.js';
import { FormatError, quote } from '../errors.js';
import { BYTES_PER_ELEMENT, type DType } from '../tensor-record.js';
import type { PickleLimits } from './machine.js';
import { PickleEnds } from './pickle-reader.js';
import { unpickle } from './unpickle.js';
import type { Pickled } from './values.js';

const FIRST_WINDOW = 64 * 1024;

/** Reads pickles and raw numbers that follow each other in a part of a file. */
export interface Sequence {
  at(): number;
  pickle(persistentLoad?: (id: Pickled) => Pickled): Promise<Pickled>;
  /** Signed 64-bit integers that must be counts. */
  counts(length: number): Promise<number[]>;
  int32(): Promise<number>;
  skip(length: number): void;
}

/** A sequence over `source` from `start` to `end`. */
export function sequence(source: ByteSource, start: number, end: number, limits: PickleLimits): Sequence {
  let at = start;

  async function take(length: number): Promise<DataView> {
    if (!(length <= end - at))
      throw new FormatError('it ends early', `${end - at} bytes left`, `${length} more`);
    const bytes = await source.read(at, length);
    at += length;
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  return {
    at: () => at,
    pickle: async (persistentLoad) => {
      const most = Math.min(end - at, limits.maxPickleBytes);
      for (let window = Math.min(FIRST_WINDOW, most); ; window = Math.min(window * 8, most)) {
        try {
          const { value, end: length } = unpickle(await source.read(at, window), 0, limits, persistentLoad);
          at += length;
          return value;
        } catch (error) {
          if (!(error instanceof PickleEnds) || window >= most) throw error;
        }
      }
    },
    counts: async (length) => {
      const view = await take(8 * length);
      return Array.from({ length }, (_, i) => {
        const value = Number(view.getBigInt64(8 * i, true));
        if (Number.isSafeInteger(value) && value >= 0) return value;
        throw new FormatError('it holds a damaged count', String(value), 'a non-negative integer');
      });
    },
    int32: async () => (await take(4)).getInt32(0, true),
    skip: (length) => {
      if (!(length <= end - at))
        throw new FormatError('it ends early', `${end - at} bytes left`, `${length} more`);
      at += length;
    },
  };
}

/** Where a storage's bytes lie in the file. */
export interface StorageRange {
  readonly offset: number;
  readonly byteLength: number;
}

/** Reads a storage's header (its count of elements) and steps over its bytes. */
export async function storageRange(
  reader: Sequence,
  key: string,
  dtype: DType,
  numel?: number,
): Promise<StorageRange & { numel: number }> {
  const [stored = 0] = await reader.counts(1);
  if (numel !== undefined && stored !== numel) {
    throw new FormatError(
      `its storage ${quote(key)} has another size than declared`,
      `${stored} elements`,
      `${numel} elements`,
    );
  }
  const range = { offset: reader.at(), byteLength: stored * BYTES_PER_ELEMENT[dtype], numel: stored };
  reader.skip(range.byteLength);
  return range;
}
