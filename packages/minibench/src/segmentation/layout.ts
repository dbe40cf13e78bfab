import type { FolderKind } from '../manifest.js';
import { listedPaths } from '../visda17-folder.js';
import type { SegmentationSettings } from './options.js';

/** The source's folder, as GTA5 is published. */
export const SOURCE_FOLDER = 'gta5';
/** The target's folder, as Cityscapes is published. */
export const TARGET_FOLDER = 'cityscapes';
/** The label table, in both. */
export const LABELS_FILE = 'labels.json';
/** The source's scenes that are trained on, and those held out. */
export const SOURCE_LISTS = ['train.txt', 'val.txt'] as const;

/** Where an image and its labels stand, in the benchmark's folder. */
export interface PairPaths {
  readonly image: string;
  readonly label: string;
}

/** Scene n of the source, counted from 0: `gta5/images/00001.png`. */
export function sourcePaths(scene: number): PairPaths {
  const name = `${String(scene + 1).padStart(5, '0')}.png`;
  return { image: `${SOURCE_FOLDER}/images/${name}`, label: `${SOURCE_FOLDER}/labels/${name}` };
}

/** Scenes on a page of the target, its "city". */
const PAGE = 100;

/** Scene n of the target: `cityscapes/leftImg8bit/val/page1/page1_000000_000000_leftImg8bit.png`. */
export function targetPaths(scene: number): PairPaths {
  const page = `page${Math.floor(scene / PAGE) + 1}`;
  const name = `val/${page}/${page}_${String(scene).padStart(6, '0')}_000000`;
  return {
    image: `${TARGET_FOLDER}/leftImg8bit/${name}_leftImg8bit.png`,
    label: `${TARGET_FOLDER}/gtFine/${name}_gtFine_labelIds.png`,
  };
}

/** A source list's lines: `images/00001.png labels/00001.png`. */
export function sourceList(pairs: readonly PairPaths[]): string {
  const inside = (path: string): string => path.slice(SOURCE_FOLDER.length + 1);
  return pairs.map(({ image, label }) => `${inside(image)} ${inside(label)}\n`).join('');
}

/** The segmentation benchmark's folder. */
export const SEGMENTATION_FOLDER: FolderKind<SegmentationSettings> = {
  generator: '@syn2real/minibench/segmentation',
  title: 'the segmentation benchmark',
  format: 1,
  paths: async (root, { sourceCount, heldOutCount, targetCount }) => [
    ...numbers(sourceCount + heldOutCount).flatMap((scene) => Object.values(sourcePaths(scene))),
    ...numbers(targetCount).flatMap((scene) => Object.values(targetPaths(scene))),
    ...SOURCE_LISTS.map((list) => `${SOURCE_FOLDER}/${list}`),
    ...[SOURCE_FOLDER, TARGET_FOLDER].map((folder) => `${folder}/${LABELS_FILE}`),
    ...(await listedPaths(root, 'retention')),
    'contact-sheet.png',
  ],
};

/** 0…count−1. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
