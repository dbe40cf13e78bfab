import { tf } from '@syn2real/core';
import type { TeacherRecords } from './teacher.js';

/** Keeps what was computed of the teacher, so that each image goes through it once. */
export interface TeacherCache {
  /** Bytes that the kept rows take. */
  readonly bytes: number;
  /** Images that are kept. */
  readonly size: number;
  /**
   * The records of these images, in this order, or undefined where not all are kept. The caller owns them.
   */
  get(indices: ArrayLike<number>): TeacherRecords | undefined;
  /**
   * Keeps the records' rows, row i for image `indices[i]`; those beyond the limit are left out. The records stay the
   * caller's.
   *
   * @throws Error where a record's rows are not as many as the indices, or of another shape than those kept
   */
  put(indices: ArrayLike<number>, records: TeacherRecords): Promise<void>;
}

/** Options of {@link createTeacherCache}. */
export interface TeacherCacheOptions {
  /** Number of images; an index is below it. */
  images: number;
  /** Most bytes kept. Default 1 GiB. */
  maxBytes?: number;
}

/**
 * A store in memory for the teacher's records, by image. Exact where teacher and transform are fixed: what comes out
 * has the bits that went in, and `teacherRecords` gives an image the same bits in any batch, so that training is the
 * same with a cache, without one, and with one that a resumed run fills again.
 *
 * The rows of a 1000-class teacher take 4 kB an image: 152,397 images fit in 610 MB.
 *
 * @throws RangeError where an option is out of range
 * @example
 * ```ts
 * const cache = createTeacherCache({ images: source.images.length });
 * let records = cache.get(indices);
 * if (records === undefined) {
 *   records = teacherRecords(teacher, batch.images);
 *   await cache.put(indices, records);
 * }
 * ```
 */
export function createTeacherCache({ images, maxBytes = 2 ** 30 }: TeacherCacheOptions): TeacherCache {
  if (!Number.isSafeInteger(images) || images < 0) throw new RangeError(`A count of images; got ${images}.`);
  if (!(maxBytes >= 0)) throw new RangeError(`A limit in bytes; got ${maxBytes}.`);
  const rows = new Map<number, Float32Array>();
  let layout: Layout | undefined;
  let bytes = 0;

  const check = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < images) return index;
    throw new RangeError(`An image's index is in 0…${images - 1}; got ${index}.`);
  };
  return {
    get bytes() {
      return bytes;
    },
    get size() {
      return rows.size;
    },
    get(indices) {
      const found = Array.from(indices, (index) => rows.get(check(index)));
      if (layout === undefined || found.length === 0) return undefined;
      const whole = found.filter((row) => row !== undefined);
      return whole.length < found.length ? undefined : join(layout, whole);
    },
    async put(indices, records) {
      const fitting = layoutOf(records, indices.length);
      if (layout !== undefined && layout.key !== fitting.key) {
        throw new Error(`The records' rows are ${fitting.key}; those kept are ${layout.key}.`);
      }
      layout = fitting;
      const missing = Array.from(indices, check).map((index, row) => ({ index, row }));
      if (missing.every(({ index }) => rows.has(index)) || bytes + fitting.rowBytes > maxBytes) return;
      const values = await Promise.all(
        fitting.parts.map((part) => records[part.regularizer]![part.name]!.data()),
      );
      for (const { index, row } of missing) {
        if (rows.has(index) || bytes + fitting.rowBytes > maxBytes) continue;
        const kept = new Float32Array(fitting.rowBytes / 4);
        fitting.parts.forEach(({ offset, size }, i) => {
          kept.set(values[i]!.subarray(row * size, (row + 1) * size), offset);
        });
        rows.set(index, kept);
        bytes += fitting.rowBytes;
      }
    },
  };
}

/** How the records of one image lie in a row. */
interface Layout {
  readonly key: string;
  readonly rowBytes: number;
  readonly parts: readonly Part[];
}

interface Part {
  readonly regularizer: string;
  readonly name: string;
  /** Shape without the batch axis. */
  readonly shape: readonly number[];
  readonly size: number;
  readonly offset: number;
}

function layoutOf(records: TeacherRecords, batch: number): Layout {
  let offset = 0;
  const parts: Part[] = [];
  for (const [regularizer, record] of Object.entries(records)) {
    for (const [name, tensor] of Object.entries(record)) {
      if (tensor.shape[0] !== batch || tensor.dtype !== 'float32') {
        throw new Error(
          `A teacher's record is float32 with a row per image; "${regularizer}/${name}" is ${tensor.dtype} [${tensor.shape}] for ${batch} images.`,
        );
      }
      const shape = tensor.shape.slice(1);
      const size = shape.reduce((product, length) => product * length, 1);
      parts.push({ regularizer, name, shape, size, offset });
      offset += size;
    }
  }
  const key = parts.map(({ regularizer, name, shape }) => `${regularizer}/${name} [${shape}]`).join(', ');
  return { key, rowBytes: offset * 4, parts };
}

function join(layout: Layout, rows: readonly Float32Array[]): TeacherRecords {
  const records: Record<string, Record<string, tf.Tensor>> = {};
  for (const { regularizer, name, shape, size, offset } of layout.parts) {
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      values.set(row.subarray(offset, offset + size), i * size);
    });
    records[regularizer] = {
      ...records[regularizer],
      [name]: tf.tensor(values, [rows.length, ...shape], 'float32'),
    };
  }
  return records;
}
