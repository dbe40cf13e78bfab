import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRng } from '@syn2real/core';
import sharp from 'sharp';
import { contactSheet } from '../contact-sheet.js';
import { type PreparedFolder, prepareFolder } from '../folder.js';
import { writeSplit } from '../images.js';
import { fileDigest, MANIFEST_FILE, type MinibenchManifest, manifestOf } from '../manifest.js';
import { readRetention } from '../retention.js';
import { type DrawingsOf, handwrittenDrawings, printedDrawings } from './drawings.js';
import { SEGMENTATION_LABELS } from './label-table.js';
import {
  LABELS_FILE,
  numbers,
  type PairPaths,
  SEGMENTATION_FOLDER,
  SOURCE_FOLDER,
  SOURCE_LISTS,
  sourceList,
  sourcePaths,
  TARGET_FOLDER,
  targetPaths,
} from './layout.js';
import { resolveSegmentation, type SegmentationOptions, type SegmentationSettings } from './options.js';
import { PALETTE, scenePicture } from './overview.js';
import { encodePng } from './png.js';
import { drawScene, SCENE_SIZE, type Scene } from './scene.js';

/** How far {@link prepareSegmentation} has come, in images. */
export interface SegmentationProgress {
  readonly split: 'source' | 'target' | 'retention';
  /** Images written so far, over all splits. */
  readonly done: number;
  readonly total: number;
}

/** A folder that holds the segmentation benchmark. */
export type PreparedSegmentation = PreparedFolder<SegmentationSettings>;

/**
 * Writes the segmentation benchmark, scenes of printed digits to scenes of real handwriting, in the layouts of GTA5 and
 * of Cityscapes.
 *
 * ```
 * <outDir>/gta5/images/00001.png  labels/00001.png (palette index = label id)  train.txt  val.txt  labels.json
 *          cityscapes/leftImg8bit/val/page1/page1_000000_000000_leftImg8bit.png
 *                     gtFine/val/page1/page1_000000_000000_gtFine_labelIds.png     labels.json
 *          retention/{character}/*.png + image_list.txt      the old task, as `prepareMinibench` writes it
 *          contact-sheet.png  minibench.json
 * ```
 *
 * A scene is 64 × 128 pixels, bright strokes on black: six to ten different digits, 0.8 to 1.25 of their size, partly
 * over one another and over the border, among pieces of other digits. Source and target are composed alike and differ
 * in the ink alone: sixteen printed fonts, real handwriting of which no drawing is used twice. The label of a pixel is
 * the digit whose silhouette, holes filled, it lies in; a rim of one pixel and overlaps count for nothing.
 *
 * The same settings give the same bytes (with the same sharp and zlib). The folder is written beside and renamed: it is
 * whole or absent. A folder that already holds these settings, every byte in its place, is reused; nothing is ever
 * written over.
 *
 * @param outDir - a folder that is absent, empty, or this benchmark with the same settings
 * @param options - {@link SegmentationOptions}
 * @param onProgress - called after each image
 * @throws UserError where an option is not valid, where the folder holds something else or is damaged, or where it
 * cannot be written (no space, no permission)
 * @example
 * ```ts
 * import { prepareSegmentation } from '@syn2real/minibench';
 * const { directory } = await prepareSegmentation('data/minibench-segmentation', { seed: 0 });
 * console.log(`${directory}/gta5`, `${directory}/cityscapes`);
 * ```
 * @see S. R. Richter et al., Playing for Data, ECCV 2016; M. Cordts et al., The Cityscapes Dataset, CVPR 2016 (the layouts)
 */
export async function prepareSegmentation(
  outDir: string,
  options: SegmentationOptions = {},
  onProgress: (progress: SegmentationProgress) => void = () => {},
): Promise<PreparedSegmentation> {
  const settings = resolveSegmentation(options);
  return prepareFolder(outDir, settings, SEGMENTATION_FOLDER, (beside) =>
    writeAll(beside, settings, onProgress, options.signal),
  );
}

async function writeAll(
  root: string,
  settings: SegmentationSettings,
  onProgress: (progress: SegmentationProgress) => void,
  signal: AbortSignal | undefined,
): Promise<MinibenchManifest<SegmentationSettings>> {
  const { seed, fonts, sourceCount, heldOutCount, targetCount } = settings;
  const rng = createRng(seed);
  const retention = await readRetention();
  const source = numbers(sourceCount + heldOutCount);
  const total = source.length + targetCount + retention.length;
  const digest = fileDigest();
  let done = 0;
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    await writeFile(join(root, path), bytes);
    digest.add(path, bytes);
  };
  const writeScenes = async (
    split: 'source' | 'target',
    drawings: DrawingsOf,
    paths: readonly PairPaths[],
  ): Promise<void> => {
    const pairs = paths.flatMap((pair) => Object.values(pair));
    for (const folder of new Set(pairs.map((path) => dirname(path))))
      await mkdir(join(root, folder), { recursive: true });
    for (const [scene, { image, label }] of paths.entries()) {
      signal?.throwIfAborted();
      const { pixels, labels } = sceneOf(rng.split(split), drawings, scene);
      await write(image, encode(threefold(pixels)));
      await write(label, encode(labels, split === 'source'));
      onProgress({ split, done: ++done, total });
    }
  };
  const printed = await printedDrawings(fonts);
  const handwritten = await handwrittenDrawings(rng.split('target'));
  await writeScenes('source', printed, source.map(sourcePaths));
  await writeScenes('target', handwritten, numbers(targetCount).map(targetPaths));
  const [train, val] = SOURCE_LISTS;
  const lists = { [train]: source.slice(0, sourceCount), [val]: source.slice(sourceCount) };
  for (const [name, scenes] of Object.entries(lists)) {
    await write(`${SOURCE_FOLDER}/${name}`, Buffer.from(sourceList(scenes.map(sourcePaths))));
  }
  const table = Buffer.from(
    `[\n${SEGMENTATION_LABELS.map((label) => `  ${JSON.stringify(label)}`).join(',\n')}\n]\n`,
  );
  for (const folder of [SOURCE_FOLDER, TARGET_FOLDER]) await write(`${folder}/${LABELS_FILE}`, table);
  await writeSplit(
    root,
    'retention',
    retention,
    (path, bytes) => {
      digest.add(path, bytes);
      if (!path.endsWith('.txt')) onProgress({ split: 'retention', done: ++done, total });
    },
    signal,
  );
  const scenes = (split: string, drawings: DrawingsOf, count: number) =>
    numbers(Math.min(SHOWN, count)).map((scene) => scenePicture(sceneOf(rng.split(split), drawings, scene)));
  await write(
    'contact-sheet.png',
    await contactSheet(
      [
        {
          title: 'Source, trained on: scenes of printed digits, and their labels',
          files: scenes('source', printed, source.length),
        },
        {
          title: 'Target, never trained on: scenes of real handwriting',
          files: scenes('target', handwritten, targetCount),
        },
      ],
      { columns: 4, tile: 256 },
    ),
  );
  const { sharp: version = 'unknown', vips } = sharp.versions;
  const encoders = { sharp: version, vips, zlib: process.versions.zlib };
  const manifest = manifestOf(SEGMENTATION_FOLDER, settings, digest.result(), encoders);
  await writeFile(join(root, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Scenes of each domain on the contact sheet. */
const SHOWN = 8;

/** Scene n depends on the seed, its number and its domain alone; a larger count only adds scenes. */
function sceneOf(domain: ReturnType<typeof createRng>, drawings: DrawingsOf, scene: number): Scene {
  const own = domain.split('scene').split(scene);
  return drawScene(drawings(scene, own.split('drawings')), own);
}

function encode(values: Uint8Array, indexed = false): Buffer {
  const [height, width] = SCENE_SIZE;
  return encodePng({ width, height, values, ...(indexed ? { palette: PALETTE } : {}) });
}

function threefold(grey: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 3 * grey.length }, (_, at) => grey[Math.floor(at / 3)]!);
}
