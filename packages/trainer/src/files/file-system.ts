import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '@syn2real/core';

/** The part of `node:fs` that runs are written with; an argument, so that faults can be tried. */
export type FileSystem = Pick<
  typeof fs,
  | 'closeSync'
  | 'existsSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'renameSync'
  | 'rmSync'
  | 'writeSync'
>;

/** The machine's own file system. */
export const nodeFileSystem: FileSystem = fs;

/** Writes a new file and flushes it to the disk. */
export function writeDurably(files: FileSystem, path: string, bytes: Uint8Array): void {
  const handle = files.openSync(path, 'wx');
  try {
    writeFully(files, handle, bytes);
    files.fsyncSync(handle);
  } finally {
    files.closeSync(handle);
  }
}

/** {@link writeDurably} of pieces that are made one after the other; gives what was written. */
export async function writeChunksDurably(
  files: FileSystem,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const handle = files.openSync(path, 'wx');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      writeFully(files, handle, chunk, bytes);
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    files.fsyncSync(handle);
  } finally {
    files.closeSync(handle);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes beside `path`, flushes and renames: `path` holds the old content or the whole new one. */
export function writeAtomically(files: FileSystem, path: string, content: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    files.rmSync(beside, { force: true });
    writeDurably(files, beside, new TextEncoder().encode(content));
    files.renameSync(beside, path);
    syncFolder(files, dirname(path));
  } catch (error) {
    discard(files, beside);
    throw diskError(error, path);
  }
}

/** Writes all the bytes from `position` on, however many calls that takes. */
export function writeFully(files: FileSystem, handle: number, bytes: Uint8Array, position = 0): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const rest = Math.min(bytes.byteLength - done, 1 << 30);
    done += files.writeSync(handle, bytes, done, rest, position + done);
  }
}

/** Removes what a failed write left, as far as the disk lets it: the failure itself is what matters. */
export function discard(files: FileSystem, path: string): void {
  try {
    files.rmSync(path, { recursive: true, force: true });
  } catch {
    // the next opening of the run tries again
  }
}

/** Removes what a kill left of files that were being written into `folder` beside their place. */
export function sweepUnfinished(files: FileSystem, folder: string): void {
  try {
    for (const name of files.readdirSync(folder)) {
      if (name.endsWith('.tmp')) files.rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    throw diskError(error, folder);
  }
}

/** Makes a rename itself survive a power cut; Windows has no way to ask for it. */
export function syncFolder(files: FileSystem, path: string): void {
  if (process.platform === 'win32') return;
  const handle = files.openSync(path, 'r');
  try {
    files.fsyncSync(handle);
  } finally {
    files.closeSync(handle);
  }
}

/** What the file system refused, as the user's error; any other error as it is. */
export function diskError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  return new UserError({
    what: `cannot read or write ${path}`,
    got: error instanceof Error ? error.message : code,
    fix: FIXES[code] ?? 'check the path and the disk',
    cause: error,
  });
}

/** The `code` of a system error ("ENOENT"). */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'check the path',
  EACCES: 'check the permissions of the folder',
  EPERM: 'check the permissions of the folder',
  ENOTDIR: 'check the path: a part of it is a file, not a folder',
  ENOSPC: 'the disk is full: free some space, then go on with --resume; the last checkpoint is still there',
  EDQUOT:
    'the disk quota is used up: free some space, then go on with --resume; the last checkpoint is still there',
  EROFS: 'the file system is read-only: choose another folder',
};
