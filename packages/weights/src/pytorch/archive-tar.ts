import { FormatError, quote } from '../errors.js';
import type { ArchiveOptions, OpenArchive } from './archive.js';
import { type Sequence, type StorageRange, sequence, storageRange } from './sequence.js';
import { count, viewOf } from './storage-id.js';
import { readTar } from './tar.js';
import { tensorView } from './tensor-view.js';
import { describe, isKind, type Pickled, type StorageRef, type TensorRef } from './values.js';

const MAX_AXES = 64;

/**
 * The oldest form: a tar of `storages` (a count, then per storage a pickle, an int64 count and the elements), `tensors` (a
 * count, then per tensor a pickle, its sizes, strides and offset) and `pickle`, whose persistent ids number the tensors.
 */
export const openTar: OpenArchive = async (source, options) => {
  const members = await readTar(source);

  function open(name: string): Sequence {
    const member = members.get(name);
    if (member === undefined) {
      throw new FormatError(
        'it is a tar archive, but no checkpoint',
        [...members.keys()]
          .slice(0, 5)
          .map((other) => quote(other))
          .join(', '),
        'members "storages", "tensors" and "pickle"',
        'unpack it and name the file inside',
      );
    }
    return sequence(source, member.offset, member.offset + member.byteLength, options);
  }

  const { storages, ranges } = await readStorages(open('storages'), options);
  const tensors = await readTensors(open('tensors'), storages, options);
  const root = await open('pickle').pickle((id) => {
    const found = tensors.get(keyOf(id)) ?? storages.get(keyOf(id));
    if (found === undefined)
      throw new FormatError('it refers to a tensor that it lacks', describe(id), 'the number of a tensor');
    return found;
  });
  return {
    format: 'tar',
    root,
    bigEndian: false,
    readStorage: async ({ key }) => {
      const range = ranges.get(key);
      if (range === undefined)
        throw new FormatError(`it lacks the storage ${quote(key)}`, 'no data', 'its elements');
      return source.read(range.offset, range.byteLength);
    },
  };
};

async function readStorages(reader: Sequence, options: ArchiveOptions) {
  const storages = new Map<string, StorageRef>();
  const ranges = new Map<string, StorageRange>();
  for (let left = checkCount(await reader.pickle(), options); left > 0; left--) {
    const entry = await reader.pickle();
    const [id, , type] = Array.isArray(entry) ? entry : [];
    const key = keyOf(id);
    if (!isKind(type, 'global') || type.dtype === undefined || storages.has(key)) {
      throw new FormatError(
        'it holds a damaged storage',
        describe(type),
        'a storage class, and every key once',
      );
    }
    const range = await storageRange(reader, key, type.dtype);
    ranges.set(key, range);
    storages.set(key, { kind: 'storage', key, dtype: type.dtype, offset: 0, numel: range.numel });
  }
  const views = await reader.pickle();
  if (!Array.isArray(views)) throw new FormatError('it lacks its list of views', describe(views), 'a list');
  for (const view of views) {
    const [target, root, offset, numel] = Array.isArray(view) ? view : [];
    const whole = storages.get(keyOf(root));
    if (whole === undefined)
      throw new FormatError(
        'it holds a view of a storage that it lacks',
        describe(root),
        'the key of a storage',
      );
    storages.set(keyOf(target), viewOf(whole, offset, numel));
  }
  return { storages, ranges };
}

async function readTensors(
  reader: Sequence,
  storages: ReadonlyMap<string, StorageRef>,
  options: ArchiveOptions,
): Promise<ReadonlyMap<string, TensorRef>> {
  const tensors = new Map<string, TensorRef>();
  for (let left = checkCount(await reader.pickle(), options); left > 0; left--) {
    const entry = await reader.pickle();
    const [id, storageId] = Array.isArray(entry) ? entry : [];
    const storage = storages.get(keyOf(storageId));
    if (storage === undefined)
      throw new FormatError(
        'it holds a tensor without a storage',
        describe(storageId),
        'the key of a storage',
      );
    const axes = await reader.int32();
    reader.skip(4);
    if (axes < 0 || axes > MAX_AXES)
      throw new FormatError('it holds a damaged tensor', `${axes} axes`, `0 to ${MAX_AXES}`);
    const shape = await reader.counts(axes);
    const strides = await reader.counts(axes);
    const [offset = 0] = await reader.counts(1);
    const view =
      storage.numel === 0 && axes === 0 ? undefined : tensorView([storage, offset, shape, strides]);
    tensors.set(keyOf(id), {
      kind: 'tensor',
      view: view ?? { storage, offset: 0, shape: [0], strides: [1] },
    });
  }
  return tensors;
}

function keyOf(id: Pickled | undefined): string {
  if (typeof id === 'number' || typeof id === 'bigint' || typeof id === 'string') return String(id);
  throw new FormatError('it holds a damaged key', describe(id), 'a number');
}

function checkCount(value: Pickled, { maxPickleOps }: ArchiveOptions): number {
  const number = count(value);
  if (number > maxPickleOps)
    throw new FormatError('it holds too many tensors', String(number), `at most ${maxPickleOps}`);
  return number;
}
