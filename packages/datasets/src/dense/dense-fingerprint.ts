import { createHash } from 'node:crypto';
import type { Pair } from './pairing.js';

/** SHA-256 of the paths of images and labels, and of the classes of values. */
export function denseFingerprint(pairs: readonly Pair[], trainIds: Uint8Array): string {
  const hash = createHash('sha256');
  hash.update(trainIds);
  for (const { image, label } of pairs) hash.update(`${image.path}\t${label.path}\n`);
  return hash.digest('hex');
}
