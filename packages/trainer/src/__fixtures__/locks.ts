import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../files/file-system.js';

/** Names of a folder's lock files. */
export const locksOf = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith('lock-'));

/** What the lock of a process that has ended says. */
export function endedOwner() {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return { pid, host: hostname(), since: '2026-01-02T03:04:05.000Z' };
}

/** Path of the lock file that names this process; others may come and go meanwhile. */
export function ownLock(dir: string): string {
  const own = locksOf(dir)
    .map((name) => join(dir, name))
    .filter((path) => textOf(path).includes(`"pid":${process.pid},`));
  if (own.length !== 1) throw new Error(`this process has ${own.length} locks in ${dir}`);
  return own[0]!;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

export function writeLock(dir: string, owner: object, id = '1'): void {
  writeFileSync(join(dir, `lock-${id}.json`), JSON.stringify(owner));
}
