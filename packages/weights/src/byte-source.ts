import { open } from 'node:fs/promises';
import { FormatError } from './errors.js';

/** Bytes that can be read by range: a file that stays on disk, or an array. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws FormatError when they lie outside */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

function checkRange(offset: number, length: number, size: number): void {
  const inside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size;
  if (!inside) throw new FormatError('it ends early', `${size} bytes`, `at least ${offset + length}`);
}

/** An array as a source; reads are views, not copies. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => {
      checkRange(offset, length, bytes.byteLength);
      return bytes.subarray(offset, offset + length);
    },
    close: async () => {},
  };
}

/** A file as a source; every read is a new array. Close it. */
export async function openSource(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw Object.assign(new Error('it is not a file'), { code: 'EISDIR' });
    return {
      size: stat.size,
      read: async (offset, length) => {
        checkRange(offset, length, stat.size);
        const out = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await file.read(out, done, Math.min(length - done, 1 << 30), offset + done);
          if (bytesRead === 0)
            throw new FormatError(
              'it became shorter while it was read',
              `${offset + done} bytes`,
              `${offset + length}`,
            );
          done += bytesRead;
        }
        return out;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
