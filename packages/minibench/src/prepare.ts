import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import sharp from 'sharp';
import { contactSheet } from './contact-sheet.js';
import { type PreparedFolder, prepareFolder } from './folder.js';
import { type LabelledImage, writeSplit } from './images.js';
import { fileDigest, MANIFEST_FILE, type MinibenchManifest, manifestOf } from './manifest.js';
import { type MinibenchOptions, type MinibenchSettings, resolveSettings } from './options.js';
import { readRetention } from './retention.js';
import { printedDigits } from './source.js';
import { handwrittenDigits } from './target.js';
import { VISDA17_FOLDER } from './visda17-folder.js';

/** How far {@link prepareMinibench} has come, in images. */
export interface MinibenchProgress {
  readonly split: 'train' | 'validation' | 'retention';
  /** Images written so far, over all splits. */
  readonly done: number;
  readonly total: number;
}

/** A folder that holds the mini benchmark. */
export type PreparedMinibench = PreparedFolder<MinibenchSettings>;

/**
 * Writes the mini benchmark, printed digits to real handwriting, as ordinary files in VisDA-17's layout.
 *
 * ```
 * <outDir>/classes.txt             the class names "0" … "9", one a line
 *          train/{class}/*.png     printed digits (source)         + train/image_list.txt
 *          validation/{class}/*.jpg  real handwritten digits (target) + validation/image_list.txt
 *          retention/{character}/*.png  held-out Omniglot drawings (old task, labels 0…241) + retention/image_list.txt
 *          contact-sheet.png  minibench.json
 * ```
 *
 * Images are 28 × 28, 8 bits, bright strokes on black. The same settings give the same bytes (with the same sharp).
 * The folder is written beside and renamed: it is whole or absent. A folder that already holds these settings, every
 * byte in its place, is reused; nothing is ever written over.
 *
 * @param outDir - a folder that is absent, empty, or this benchmark with the same settings
 * @param options - {@link MinibenchOptions}
 * @param onProgress - called after each image
 * @throws UserError where an option is not valid, where the folder holds something else or is damaged, or where it
 * cannot be written (no space, no permission)
 * @example
 * ```ts
 * import { prepareMinibench } from '@syn2real/minibench';
 * const { directory, reused } = await prepareMinibench('data/minibench', { seed: 0 });
 * console.log(directory, reused ? 'was there' : 'written');
 * ```
 * @see X. Peng et al., VisDA: The Visual Domain Adaptation Challenge, 2017 (the layout)
 */
export async function prepareMinibench(
  outDir: string,
  options: MinibenchOptions = {},
  onProgress: (progress: MinibenchProgress) => void = () => {},
): Promise<PreparedMinibench> {
  const settings = resolveSettings(options);
  return prepareFolder(outDir, settings, VISDA17_FOLDER, (beside) =>
    writeAll(beside, settings, onProgress, options.signal),
  );
}

async function writeAll(
  root: string,
  settings: MinibenchSettings,
  onProgress: (progress: MinibenchProgress) => void,
  signal: AbortSignal | undefined,
): Promise<MinibenchManifest> {
  const rng = createRng(settings.seed);
  const splits: [MinibenchProgress['split'], LabelledImage[]][] = [
    ['train', await printedDigits(settings.fonts, settings.sourceCount, rng.split('source'))],
    ['validation', await handwrittenDigits(settings.targetCount, rng.split('target'))],
    ['retention', await readRetention()],
  ];
  const total = splits.reduce((sum, [, images]) => sum + images.length, 0);
  const digest = fileDigest();
  let done = 0;
  for (const [split, images] of splits) {
    await writeSplit(
      root,
      split,
      images,
      (path, bytes) => {
        digest.add(path, bytes);
        if (!path.endsWith('.txt')) onProgress({ split, done: ++done, total });
      },
      signal,
    );
  }
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(root, name), bytes);
    digest.add(name, bytes);
  };
  await write('classes.txt', Buffer.from(Array.from({ length: 10 }, (_, digit) => `${digit}\n`).join('')));
  await write('contact-sheet.png', await overview(root, splits));
  const encoders = { sharp: sharp.versions.sharp ?? 'unknown', vips: sharp.versions.vips };
  const manifest = manifestOf(VISDA17_FOLDER, settings, digest.result(), encoders);
  await writeFile(join(root, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Forty images of each split, one from each fortieth of its list, at places that follow the golden ratio. */
function overview(root: string, splits: readonly [string, readonly LabelledImage[]][]): Promise<Uint8Array> {
  const titles: Record<string, string> = {
    train: 'Source, trained on: printed digits (train)',
    validation: 'Target, never trained on: real handwritten digits (validation)',
    retention: 'Old task, kept: real handwriting of eight alphabets (retention)',
  };
  return contactSheet(
    splits.map(([split, images]) => {
      const shown = Math.min(40, images.length);
      const files = Array.from({ length: shown }, (_, index) => {
        const { path } = images[Math.floor(((index + ((index * 0.618) % 1)) * images.length) / shown)]!;
        return join(root, split, path);
      });
      return { title: titles[split], files };
    }),
  );
}
