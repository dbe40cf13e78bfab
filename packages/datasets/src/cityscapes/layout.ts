import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ImageRef, UserError } from '@syn2real/core';

/** Cityscapes' splits. */
export type CityscapesSplit = 'train' | 'val' | 'test';

/** Images per split as published. */
export const CITYSCAPES_COUNTS: Readonly<Record<CityscapesSplit, number>> = {
  train: 2975,
  val: 500,
  test: 1525,
};

/** Names of the label files: as published, and made from the polygons with class indices. */
export type CityscapesLabelKind = 'labelIds' | 'labelTrainIds';

const IMAGE_END = '_leftImg8bit.png';

/** The split's images, in the order of their cities and names; empty where there are none. */
export async function listCityscapes(root: string, split: CityscapesSplit): Promise<ImageRef[]> {
  return filesOf(root, join('leftImg8bit', split), `leftImg8bit/${split}`, IMAGE_END);
}

/** The split's label files of a kind, whether or not their image is there. */
export async function listCityscapesLabels(
  root: string,
  split: CityscapesSplit,
  kind: CityscapesLabelKind,
): Promise<ImageRef[]> {
  return filesOf(root, join('gtFine', split), `gtFine/${split}`, `_gtFine_${kind}.png`);
}

/** Where an image's label file is. */
export function cityscapesLabelOf(root: string, image: ImageRef, kind: CityscapesLabelKind): ImageRef {
  const path = image.path
    .replace(/^leftImg8bit\//, 'gtFine/')
    .replace(new RegExp(`${IMAGE_END}$`), `_gtFine_${kind}.png`);
  return { path, file: resolve(root, path) };
}

/** Where the image of a label file is. */
export function cityscapesImageOf(root: string, label: ImageRef): ImageRef {
  const path = label.path.replace(/^gtFine\//, 'leftImg8bit/').replace(/_gtFine_\w+\.png$/, IMAGE_END);
  return { path, file: resolve(root, path) };
}

async function filesOf(root: string, folder: string, prefix: string, end: string): Promise<ImageRef[]> {
  const cities = await entriesOf(resolve(root, folder));
  const files: ImageRef[] = [];
  for (const city of cities.sort()) {
    const names = (await entriesOf(resolve(root, folder, city))).filter((name) => name.endsWith(end));
    for (const name of names.sort()) {
      files.push({ path: `${prefix}/${city}/${name}`, file: resolve(root, folder, city, name) });
    }
  }
  return files;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** What to say where a split has no image. */
export async function noCityscapes(root: string, split: CityscapesSplit): Promise<UserError> {
  const folder = resolve(root, 'leftImg8bit', split);
  const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const got = !(await isFolder(resolve(root)))
    ? `the folder ${root} does not exist`
    : (await isFolder(folder))
      ? `${folder} holds no city with *${IMAGE_END}`
      : `${folder} is no folder`;
  return new UserError({
    what: `the ${split} split of Cityscapes was not found`,
    got,
    expected: `leftImg8bit/${split}/city/…${IMAGE_END}`,
    fix: 'extract leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip into one folder and pass that folder',
  });
}
