import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import type { ImageRef } from '@syn2real/core';
import { type ImageHeader, readImageHeader } from '../decode/header.js';
import { DEFAULT_LIMITS } from '../decode/limits.js';
import type { DecodePool } from '../loader/pool.js';

/** Bytes in which a format and a size are found. */
export const HEADER_BYTES = 65_536;
/** Files looked at together. */
export const FILES_AT_ONCE = 16;

/** Why an image cannot be read; null: it can. */
export type Verdict = (image: ImageRef, reason: string | null) => void;

/** Looks at each file's first bytes. */
export async function checkHeaders(
  images: readonly ImageRef[],
  verdict: Verdict,
  signal?: AbortSignal,
): Promise<void> {
  const buffers = Array.from({ length: FILES_AT_ONCE }, () => Buffer.alloc(HEADER_BYTES));
  for (let at = 0; at < images.length; at += FILES_AT_ONCE) {
    signal?.throwIfAborted();
    const group = images.slice(at, at + FILES_AT_ONCE);
    const reasons = await Promise.all(group.map(({ file }, i) => headerProblem(file, buffers[i]!)));
    group.forEach((image, i) => {
      verdict(image, reasons[i]!);
    });
  }
}

async function headerProblem(file: string, buffer: Buffer): Promise<string | null> {
  const header = await readHeader(file, buffer);
  return typeof header === 'string' ? header : null;
}

/** What a file's first bytes say of its image, or why they say nothing. */
export async function readHeader(
  file: string,
  buffer: Buffer = Buffer.alloc(HEADER_BYTES),
): Promise<ImageHeader | string> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead } = await handle.read(buffer, 0, HEADER_BYTES, 0);
      return readImageHeader(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Decodes each file in the pool's threads and hashes its bytes. */
export async function checkContents(
  images: readonly ImageRef[],
  pool: DecodePool,
  verdict: Verdict,
  hashed: (image: ImageRef, hash: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < images.length; at += FILES_AT_ONCE) {
    const group = images.slice(at, at + FILES_AT_ONCE);
    const files = group.map(({ file }) => file);
    const half = Math.ceil(files.length / 2);
    const [first, second, hashes] = await Promise.all([
      pool.run(jobOf(files.slice(0, half)), signal),
      pool.run(jobOf(files.slice(half)), signal),
      Promise.all(files.map(contentHash)),
    ]);
    const reasons = [...first.failures, ...second.failures];
    group.forEach((image, i) => {
      verdict(image, reasons[i]!);
      const hash = hashes[i]!;
      if (hash !== null) hashed(image, hash);
    });
  }
}

function jobOf(files: readonly string[]) {
  return { kind: 'images' as const, files, transform: { resize: 1, crop: 1 }, limits: DEFAULT_LIMITS };
}

/** SHA-256's first 128 bits; null for a file that cannot be read or is beyond the limit. */
export async function contentHash(file: string): Promise<string | null> {
  try {
    const bytes = await readFile(file);
    return createHash('sha256').update(bytes).digest('base64').slice(0, 22);
  } catch {
    return null;
  }
}
