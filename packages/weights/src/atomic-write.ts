import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, systemError } from './errors.js';

/**
 * Writes the chunks beside `path`, flushes them to the disk and renames: `path` is the old file or the new one, never a part.
 *
 * @throws UserError when the file system refuses (full disk, missing folder); `path` is then as it was
 */
export async function writeAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    const file = await open(beside, 'wx');
    try {
      for await (const chunk of chunks) await writeFully(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const code = errorCode(error);
    throw code === undefined ? error : systemError(error, code, path);
  }
}

/** Writes all the bytes, at `position` or where the file stands. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(
      bytes,
      done,
      Math.min(bytes.byteLength - done, 1 << 30),
      position === undefined ? undefined : position + done,
    );
    done += bytesWritten;
  }
}

/** Makes the rename itself survive a power cut; Windows has no way to ask for it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
