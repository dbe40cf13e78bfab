import { randomUUID } from 'node:crypto';
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
  /** A name for a lock's file that no other lock of the folder ever had: letters, digits and -. Default: random UUIDs. */
  id?: () => string;
}

/**
 * Keeps other processes from writing into a folder, which is made where it is missing.
 *
 * While it is held, `lock-<id>.json` there names the process. Nothing is polled or kept alive: a lock is void where its
 * process runs no more on this host, so that one killed by whatever means stands in nobody's way. A process is known by
 * its id, and on Linux by its start too: elsewhere an id that another process has got by now keeps the folder locked, as
 * does a lock of another host, until that file is removed. Containers that share a host name but not their process ids
 * are not kept apart. Of two that ask at the same instant, both may be refused.
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
  { log = () => {}, files = nodeFileSystem, now = Date.now, id = randomUUID }: LockFolderOptions = {},
): FolderLock {
  const text = new TextEncoder().encode(`${JSON.stringify(thisOwner(now))}\n`);
  try {
    files.mkdirSync(dir, { recursive: true });
    refuseIfHeld(dir, locksIn(files, dir));
    for (;;) {
      const path = join(dir, `lock-${id()}.json`);
      try {
        writeDurably(files, path, text);
        const others = othersThan(path, locksIn(files, dir));
        // somebody took ours for a damaged one while it was empty
        if (others === undefined) continue;
        refuseIfHeld(dir, others);
        for (const { owner, path } of others) {
          log(
            `taking over ${path}, left by ${owner === undefined ? 'no process that it names' : nameOf(owner)}`,
          );
          files.rmSync(path, { force: true });
        }
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') discard(files, path);
        throw error;
      }
      return { release: () => discard(files, path) };
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

const LOCK = /^lock-[\da-z-]{1,64}\.json$/i;

interface Lock {
  readonly path: string;
  /** Undefined where the file is empty or damaged: its process is about to write it, and will see ours, or is no more. */
  readonly owner: LockOwner | undefined;
}

function locksIn(files: FileSystem, dir: string): Lock[] {
  return files
    .readdirSync(dir)
    .filter(isLock)
    .flatMap((name) => {
      const path = join(dir, name);
      try {
        return { path, owner: parseOwner(files.readFileSync(path, 'utf8')) };
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

/** The locks but the one at `path`; undefined where that is not among them. */
function othersThan(path: string, locks: readonly Lock[]): Lock[] | undefined {
  const others = locks.filter((lock) => lock.path !== path);
  return others.length < locks.length ? others : undefined;
}

const nameOf = ({ pid, host, since }: LockOwner): string => `process ${pid} on ${host}, since ${since}`;
