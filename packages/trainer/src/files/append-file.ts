import { diskError, type FileSystem, writeFully } from './file-system.js';

/** A file that only grows, one whole piece at a time. */
export interface AppendFile {
  readonly path: string;
  /** Bytes written so far. */
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** Flushes to the disk. */
  sync(): void;
  close(): void;
}

/**
 * Opens a file for appending, cut back to its first `length` bytes; a missing file begins empty.
 *
 * Where the file is shorter than `length`, all of it is kept.
 *
 * @throws UserError where the disk refuses; a piece is then not counted in `length`, and cut off at the next opening
 */
export function openAppendFile(files: FileSystem, path: string, length: number): AppendFile {
  const handle = attempt(path, () => files.openSync(path, files.existsSync(path) ? 'r+' : 'w+'));
  let written = Math.min(
    length,
    attempt(path, () => files.fstatSync(handle).size),
  );
  attempt(path, () => files.ftruncateSync(handle, written));
  let open = true;
  return {
    path,
    get length() {
      return written;
    },
    append(bytes) {
      attempt(path, () => writeFully(files, handle, bytes, written));
      written += bytes.byteLength;
    },
    sync: () => attempt(path, () => files.fsyncSync(handle)),
    close() {
      if (open) files.closeSync(handle);
      open = false;
    },
  };
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, path);
  }
}
