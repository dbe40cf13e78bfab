import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '@syn2real/core';
import { type PairPaths, parsePairLine } from '../dense/pair-list.js';
import type { Pair } from '../dense/pairing.js';
import { readLines } from '../list/lines.js';
import { isListProblem } from '../list/list-line.js';

/** Height and width of GTA5's images; a few deviate. */
export const GTA5_SIZE = [1052, 1914] as const;

/** The archives as published. */
export const GTA5_ARCHIVES = '01_images.zip … 10_images.zip and 01_labels.zip … 10_labels.zip';

/** The splits of GTA5 that a list can name. */
export type Gta5Split = 'train' | 'val' | 'test';

/** All of them. */
export const GTA5_SPLITS: readonly Gta5Split[] = ['train', 'val', 'test'];

const IMAGE_NAME = /\.(png|jpe?g)$/i;

/** The split's list in the data folder, or undefined: `train.txt`, or as the released code calls it `gta5_train.txt`. */
export async function findGta5List(root: string, split: Gta5Split): Promise<string | undefined> {
  for (const name of [`${split}.txt`, `gta5_${split}.txt`]) {
    const list = resolve(root, name);
    const there = await stat(list).catch(() => undefined);
    if (there?.isFile()) return list;
  }
  return undefined;
}

/** The images that lists of the other splits in the folder name. */
export async function namedElsewhere(root: string, split: Gta5Split): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const other of GTA5_SPLITS) {
    const list = other === split ? undefined : await findGta5List(root, other);
    if (list === undefined) continue;
    for await (const { text } of readLines(list)) {
      const parsed = parsePairLine(text);
      if (!isListProblem(parsed)) named.add(gta5Pair(root, parsed).image.path);
    }
  }
  return named;
}

/** A line's files. A line that names `00001.png` or `images/00001.png` alone means the label of the same name. */
export function gta5Pair(root: string, { image, label }: PairPaths): Pair {
  const imagePath = image.includes('/') ? image : `images/${image}`;
  const labelPath = label ?? labelPathOf(imagePath);
  return {
    image: { path: imagePath, file: resolve(root, imagePath) },
    label: { path: labelPath, file: resolve(root, labelPath) },
  };
}

function labelPathOf(imagePath: string): string {
  return imagePath.replace(/^images\//, 'labels/').replace(IMAGE_NAME, '.png');
}

/**
 * Every image of `root/images` and every label of `root/labels` that no list of another split names, paired by name,
 * in the order of their names; the other half of a pair may be missing.
 *
 * @throws UserError where there is no such folder, or nothing in it
 */
export async function listGta5(root: string, split: Gta5Split): Promise<Pair[]> {
  const imageNames = await namesIn(root, 'images');
  const labelNames = await namesIn(root, 'labels');
  const byStem = new Map(imageNames.map((name) => [stemOf(name), name]));
  for (const name of labelNames) if (!byStem.has(stemOf(name))) byStem.set(stemOf(name), name);
  const stems = [...byStem.keys()].sort();
  if (stems.length === 0) throw notGta5(root, `${join(root, 'images')} holds no image`);
  const elsewhere = await namedElsewhere(root, split);
  return stems
    .map((stem) => gta5Pair(root, { image: byStem.get(stem)!, label: `labels/${stem}.png` }))
    .filter(({ image }) => !elsewhere.has(image.path));
}

function stemOf(name: string): string {
  return name.replace(IMAGE_NAME, '');
}

async function namesIn(root: string, folder: string): Promise<string[]> {
  const path = resolve(root, folder);
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && IMAGE_NAME.test(entry.name))
      .map(({ name }) => name);
  } catch (cause) {
    const there = await stat(resolve(root)).catch(() => undefined);
    throw notGta5(
      root,
      there === undefined ? `the folder ${root} does not exist` : `${path} is no folder`,
      cause,
    );
  }
}

function notGta5(root: string, got: string, cause?: unknown): UserError {
  return new UserError({
    what: `${root} does not hold GTA5 as published`,
    got,
    expected: 'images/00001.png … and labels/00001.png …',
    fix: `extract ${GTA5_ARCHIVES} into one folder and pass that folder`,
    cause,
  });
}
