import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { retentionLabelsPath, retentionPath } from './assets.js';
import type { LabelledImage } from './images.js';

interface RetentionDescription {
  readonly size: number;
  readonly columns: number;
  readonly count: number;
  readonly pixelsSha256: string;
  readonly characters: readonly string[];
  readonly labels: readonly number[];
  readonly drawers: readonly number[];
}

/** The old task's classes ("Greek/character03"), by label 0…241. */
export async function retentionClasses(): Promise<readonly string[]> {
  return (await description()).characters;
}

/**
 * The held-out Omniglot drawings with their labels 0…241, exactly as the shipped network saw such drawings.
 *
 * @throws Error where the shipped files do not belong together (a broken installation)
 */
export async function readRetention(): Promise<LabelledImage[]> {
  const { size, columns, count, pixelsSha256, characters, labels, drawers } = await description();
  const { data, info } = await sharp(retentionPath())
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const area = size * size;
  const pixels = new Uint8Array(count * area);
  for (let tile = 0; tile < count; tile++) {
    const left = (tile % columns) * size;
    const top = Math.floor(tile / columns) * size;
    for (let y = 0; y < size; y++) {
      const from = (top + y) * info.width + left;
      pixels.set(data.subarray(from, from + size), tile * area + y * size);
    }
  }
  if (info.channels !== 1 || createHash('sha256').update(pixels).digest('hex') !== pixelsSha256) {
    throw new Error(`${retentionPath()} is damaged: install @syn2real/minibench again`);
  }
  return labels.map((label, tile) => ({
    path: `${characters[label]!.replace('/', '_')}/${drawers[tile]}.png`,
    label,
    pixels: () => pixels.subarray(tile * area, (tile + 1) * area),
  }));
}

async function description(): Promise<RetentionDescription> {
  return JSON.parse(await readFile(retentionLabelsPath(), 'utf8')) as RetentionDescription;
}
