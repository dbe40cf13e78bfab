import { FormatError, quote } from '../errors.js';
import type { OpenArchive } from './archive.js';
import { type StorageRange, sequence, storageRange } from './sequence.js';
import { storageOf } from './storage-id.js';
import { describe, type Pickled, type StorageRef } from './values.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * PyTorch before 1.6: pickles of a magic number, a protocol number, system information, the object and the storages' keys,
 * then per key an int64 count and the raw elements, little endian on every system.
 */
export const openLegacy: OpenArchive = async (source, options) => {
  const reader = sequence(source, 0, source.size, options);
  const magic = await reader.pickle();
  if (magic !== MAGIC) {
    throw new FormatError(
      'it is a pickle, but not one of PyTorch',
      describe(magic),
      "PyTorch's magic number",
      'save it with torch.save(model.state_dict(), path)',
    );
  }
  const protocol = await reader.pickle();
  if (protocol !== PROTOCOL)
    throw new FormatError('it is of an unknown protocol', describe(protocol), String(PROTOCOL));
  await reader.pickle();
  const declared = new Map<string, StorageRef>();
  const root = await reader.pickle((id) => {
    const part = storageOf(id);
    const whole = wholeOf(id, part);
    const known = declared.get(part.key);
    if (known !== undefined && (known.dtype !== whole.dtype || known.numel !== whole.numel)) {
      throw new FormatError(
        `its storage ${quote(part.key)} is declared twice, differently`,
        `${whole.numel} × ${whole.dtype}`,
        `${known.numel} × ${known.dtype}`,
      );
    }
    declared.set(part.key, whole);
    return part;
  });
  const ranges = new Map<string, StorageRange>();
  for (const key of keysOf(await reader.pickle())) {
    const storage = declared.get(key);
    if (storage === undefined || ranges.has(key)) {
      throw new FormatError(
        `it lists the storage ${quote(key)} wrongly`,
        storage === undefined ? 'an unknown key' : 'a key twice',
        'every key once',
      );
    }
    ranges.set(key, await storageRange(reader, key, storage.dtype, storage.numel));
  }
  for (const key of declared.keys()) {
    if (!ranges.has(key))
      throw new FormatError(`it lacks the storage ${quote(key)}`, 'no data', 'its elements');
  }
  return {
    format: 'legacy',
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

/** The storage that a view is part of. */
function wholeOf(id: Pickled, part: StorageRef): StorageRef {
  return Array.isArray(id) ? storageOf(id.slice(0, 5)) : part;
}

function keysOf(keys: Pickled): string[] {
  if (!Array.isArray(keys))
    throw new FormatError('it lacks the list of its storages', describe(keys), 'a list');
  return keys.map((key) => {
    if (typeof key === 'string') return key;
    throw new FormatError('it lists its storages wrongly', describe(key), 'a key');
  });
}
