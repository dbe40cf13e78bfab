import { FormatError, quote } from '../errors.js';
import { BYTES_PER_ELEMENT } from '../tensor-record.js';
import type { OpenArchive } from './archive.js';
import { storageOf } from './storage-id.js';
import { unpickle } from './unpickle.js';
import { readMember, readZip, type ZipMember } from './zip.js';

/** PyTorch ≥ 1.6: a zip of `<prefix>/data.pkl`, `<prefix>/byteorder` and one member `<prefix>/data/<key>` per storage. */
export const openZip: OpenArchive = async (source, options) => {
  const members = await readZip(source);
  const pickle = findPickle(members);
  if (pickle.byteLength > options.maxPickleBytes) {
    throw new FormatError(
      'its pickle is too long',
      `${pickle.byteLength} bytes`,
      `at most ${options.maxPickleBytes} (option maxPickleBytes)`,
    );
  }
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  if (members.has(`${prefix}constants.pkl`)) {
    throw new FormatError(
      'it is a TorchScript program',
      `the member ${quote(`${prefix}constants.pkl`)}`,
      'a checkpoint',
      'load it in Python and save its weights alone: torch.save(module.state_dict(), path)',
    );
  }
  const root = unpickle(await readMember(source, pickle, options.checkCrc), 0, options, storageOf).value;
  const order = members.get(`${prefix}byteorder`);
  const bigEndian = order !== undefined && (await readByteOrder()) === 'big';

  async function readByteOrder(): Promise<string> {
    if (order === undefined || order.byteLength > 8) return 'unknown';
    return new TextDecoder().decode(await readMember(source, order, options.checkCrc));
  }

  return {
    format: 'zip',
    root,
    bigEndian,
    readStorage: async ({ key, dtype, numel }) => {
      const member = members.get(`${prefix}data/${key}`);
      if (member === undefined)
        throw new FormatError(
          `it lacks the storage ${quote(key)}`,
          `no member ${quote(`${prefix}data/${key}`)}`,
          'one',
        );
      if (member.byteLength !== numel * BYTES_PER_ELEMENT[dtype]) {
        throw new FormatError(
          `its storage ${quote(key)} has another size than declared`,
          `${member.byteLength} bytes`,
          `${numel * BYTES_PER_ELEMENT[dtype]} bytes for ${numel} × ${dtype}`,
        );
      }
      return readMember(source, member, options.checkCrc);
    },
  };
};

function findPickle(members: ReadonlyMap<string, ZipMember>): ZipMember {
  const pickles = [...members.values()].filter(({ name }) => /^[^/]*\/?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw new FormatError(
      'it is a zip archive, but no checkpoint',
      `${pickles.length} members data.pkl among ${members.size}`,
      'one data.pkl',
    );
  }
  return pickle;
}
