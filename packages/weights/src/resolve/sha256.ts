import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeAtomically } from '../atomic-write.js';

/** A file's SHA-256 in lower-case hex, read in pieces. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** The checksum kept beside a file, if there is one. */
export async function readSidecar(path: string): Promise<string | undefined> {
  const text = await readFile(`${path}.sha256`, 'utf8').catch(() => '');
  return /^([0-9a-f]{64})\b/.exec(text)?.[1];
}

/** Keeps a checksum beside a file, in the form that `sha256sum -c` reads. */
export async function writeSidecar(path: string, sha256: string): Promise<void> {
  await writeAtomically(`${path}.sha256`, [new TextEncoder().encode(`${sha256}  ${basename(path)}\n`)]);
}
