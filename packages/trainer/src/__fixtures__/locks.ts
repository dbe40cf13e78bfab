import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Names of a folder's lock files. */
export const locksOf = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith('lock-'));

/** What the lock of a process that has ended says. */
export function endedOwner() {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return { pid, host: hostname(), since: '2026-01-02T03:04:05.000Z' };
}

/** Path of the lock file that names this process. */
export function ownLock(dir: string): string {
  const own = locksOf(dir)
    .map((name) => join(dir, name))
    .filter((path) => readFileSync(path, 'utf8').includes(`"pid":${process.pid},`));
  if (own.length !== 1) throw new Error(`this process has ${own.length} locks in ${dir}`);
  return own[0]!;
}

export function writeLock(dir: string, owner: object, number = 1): void {
  writeFileSync(join(dir, `lock-${number}.json`), JSON.stringify(owner));
}
