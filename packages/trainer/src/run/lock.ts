import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import {
  discard,
  diskError,
  errorCode,
  type FileSystem,
  nodeFileSystem,
  writeDurably,
} from '../files/file-system.js';
import { type LockOwner, mayRun, parseOwner, thisOwner } from './lock-owner.js';

/** A folder that only this process writes into. */
export interface FolderLock {
  /** Gives it back; a second time does nothing. */
  release(): void;
}

/** Options of {@link lockFolder}. */
export interface LockFolderOptions {
  /** Told when a lock is taken over that a killed process has left. Default: nothing. */
  log?: (line: string) => void;
  /** Default: the machine's own. */
  files?: FileSystem;
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number;
}

/**
 * Keeps other processes from writing into a folder, which is made where it is missing.
 *
 * While it is held, `lock-<n>.json` there names the process. Nothing is polled or kept alive: a lock is void where its
 * process runs no more on this host, so that one killed by whatever means stands in nobody's way. A process is known by
 * its id, and on Linux by its start too: elsewhere an id that another process has got by now keeps the folder locked, as
 * does a lock of another host, until that file is removed. Containers that share a host name but not their process ids
 * are not kept apart.
 *
 * @throws UserError where another process, or this one, holds the folder; where the disk refuses
 * @example
 * ```ts
 * const lock = lockFolder('runs/naive-0');
 * try {
 *   await writeInto('runs/naive-0');
 * } finally {
 *   lock.release();
 * }
 * ```
 */
export function lockFolder(
  dir: string,
  { log = () => {}, files = nodeFileSystem, now = Date.now }: LockFolderOptions = {},
): FolderLock {
  const text = `${JSON.stringify(thisOwner(now))}\n`;
  try {
    files.mkdirSync(dir, { recursive: true });
    for (;;) {
      const there = locksIn(files, dir);
      refuseIfHeld(dir, there);
      const number = 1 + (there.at(-1)?.number ?? 0);
      const path = pathOf(dir, number);
      if (!create(files, path, text)) continue;
      // Of two that both got here, the one to look later sees the other; one that does not see itself was cleared away.
      try {
        const all = locksIn(files, dir);
        const others = all.filter((lock) => lock.number !== number);
        refuseIfHeld(dir, others);
        if (all.length === others.length) continue;
        for (const { owner, path } of others) {
          log(
            `taking over ${path}, left by ${owner === undefined ? 'no process that it names' : nameOf(owner)}`,
          );
          files.rmSync(path, { force: true });
        }
      } catch (error) {
        discard(files, path);
        throw error;
      }
      return { release: () => giveBack(files, path, text) };
    }
  } catch (error) {
    throw diskError(error, dir);
  }
}

/**
 * Does some work while a folder is locked.
 *
 * @throws UserError as {@link lockFolder}
 * @example
 * ```ts
 * await whileLocked('runs/reproduce', () => reproduce(plan));
 * ```
 */
export async function whileLocked<T>(
  dir: string,
  work: () => Promise<T>,
  options: LockFolderOptions = {},
): Promise<T> {
  const lock = lockFolder(dir, options);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Whether a file of a folder is a lock. */
export const isLock = (name: string): boolean => LOCK.test(name);

const LOCK = /^lock-([1-9]\d{0,14})\.json$/;
const pathOf = (dir: string, number: number): string => join(dir, `lock-${number}.json`);

interface Lock {
  readonly number: number;
  readonly path: string;
  /** Undefined where the file is empty or damaged: its process is about to write it, and will see ours, or is no more. */
  readonly owner: LockOwner | undefined;
}

/** In ascending order. */
function locksIn(files: FileSystem, dir: string): Lock[] {
  return files
    .readdirSync(dir)
    .flatMap((name) => LOCK.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((number) => {
      const path = pathOf(dir, number);
      try {
        return { number, path, owner: parseOwner(files.readFileSync(path, 'utf8')) };
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      }
    });
}

function refuseIfHeld(dir: string, locks: readonly Lock[]): void {
  for (const { owner, path } of locks) {
    if (owner === undefined || !mayRun(owner)) continue;
    throw new UserError({
      what: `the folder ${dir} is being written into already`,
      got: nameOf(owner),
      fix: `wait until it has ended, or stop it; where it runs no more, remove ${path}`,
    });
  }
}

/** Whether the file is new. */
function create(files: FileSystem, path: string, text: string): boolean {
  try {
    writeDurably(files, path, new TextEncoder().encode(text));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    discard(files, path);
    throw error;
  }
}

/** Removes the lock unless somebody has done so and another process has taken its place. */
function giveBack(files: FileSystem, path: string, text: string): void {
  try {
    if (files.readFileSync(path, 'utf8') === text) files.rmSync(path);
  } catch {
    // it is void once this process has ended
  }
}

const nameOf = ({ pid, host, since }: LockOwner): string => `process ${pid} on ${host}, since ${since}`;
