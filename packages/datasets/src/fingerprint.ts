import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ImageRef } from '@syn2real/core';

/**
 * SHA-256 over the SHA-256 of every image file, in the list's order: says that two copies hold the same pictures.
 *
 * Reads every byte, one file at a time.
 *
 * @returns 64 hexadecimal digits
 */
export async function contentFingerprint(
  images: readonly ImageRef[],
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
): Promise<string> {
  const whole = createHash('sha256');
  for (const [i, { file }] of images.entries()) {
    signal?.throwIfAborted();
    whole.update(await fileHash(file));
    onProgress?.(i + 1);
  }
  return whole.digest('hex');
}

async function fileHash(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest();
}
