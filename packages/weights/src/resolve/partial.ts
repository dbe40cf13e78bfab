import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../errors.js';

/** The part of a file that has arrived, owned by this download alone. */
export interface Partial {
  readonly path: string;
  /** A digest of the server's ETag, so that parts of two versions are never joined. */
  readonly version: string;
}

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const FREE = 'free';
const FOREIGN_PATIENCE_MS = 3_600_000;

/** A digest of what tells a server's versions of a file apart; `'none'` when it says nothing. */
export function versionOf(etag: string | null, lastModified: string | null): string {
  const tag = etag ?? lastModified;
  return tag === null ? 'none' : createHash('sha256').update(tag).digest('hex').slice(0, 16);
}

/** A name for a new part that no other download uses. */
export function newPartial(destination: string, version: string): Partial {
  return { path: partPath(destination, version, `${HOST}-${process.pid}-${randomUUID()}`), version };
}

/**
 * Takes over a part that an earlier download left: renaming it is what makes it ours, so only one download gets it.
 */
export async function claimPartial(destination: string): Promise<Partial | undefined> {
  const folder = dirname(destination);
  const prefix = `.${basename(destination)}.`;
  for (const name of await readdir(folder)) {
    const parts = name.startsWith(prefix) ? /^(\w+)\.([\w-]+)\.part$/.exec(name.slice(prefix.length)) : null;
    const [, version, owner] = parts ?? [];
    if (version === undefined || owner === undefined) continue;
    const found = join(folder, name);
    if (!(await isAbandoned(found, owner))) continue;
    const mine = newPartial(destination, version);
    try {
      await rename(found, mine.path);
      return mine;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** Leaves a part for a later download to go on with. */
export async function releasePartial(destination: string, partial: Partial): Promise<void> {
  await rename(partial.path, partPath(destination, partial.version, FREE)).catch(() => undefined);
}

/** Deletes a part. */
export async function dropPartial(partial: Partial): Promise<void> {
  await rm(partial.path, { force: true });
}

/** Deletes every part of a file that has arrived whole, but those still being written. */
export async function dropAbandoned(destination: string): Promise<void> {
  for (
    let left = await claimPartial(destination);
    left !== undefined;
    left = await claimPartial(destination)
  ) {
    await dropPartial(left);
  }
}

function partPath(destination: string, version: string, owner: string): string {
  return join(dirname(destination), `.${basename(destination)}.${version}.${owner}.part`);
}

/** Whether a part's download has ended: it was released, its process is gone, or another machine has not touched it for long. */
async function isAbandoned(path: string, owner: string): Promise<boolean> {
  if (owner === FREE) return true;
  const [host, pid] = owner.split('-');
  if (host !== HOST) {
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    return age > FOREIGN_PATIENCE_MS;
  }
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}
