import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderKind } from './manifest.js';
import type { MinibenchSettings } from './options.js';

const SPLITS = ['train', 'validation', 'retention'] as const;

/** The classification benchmark's folder, in VisDA-17's layout. */
export const VISDA17_FOLDER: FolderKind<MinibenchSettings> = {
  generator: '@syn2real/minibench',
  title: 'the mini benchmark',
  format: 1,
  paths: async (root) => {
    const paths = await Promise.all(SPLITS.map((split) => listedPaths(root, split)));
    return ['classes.txt', 'contact-sheet.png', ...paths.flat()];
  },
};

/** A split's list and the images on it. */
export async function listedPaths(root: string, split: string): Promise<string[]> {
  const list = `${split}/image_list.txt`;
  const lines = (await readFile(join(root, list), 'utf8')).split('\n').filter((line) => line !== '');
  return [list, ...lines.map((line) => `${split}/${line.slice(0, line.lastIndexOf(' '))}`)];
}
