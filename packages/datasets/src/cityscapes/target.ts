import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { type ImageRef, type TargetDomain, UserError } from '@syn2real/core';
import { readPairList } from '../dense/pair-list.js';
import { readLabelTable } from '../labels/label-file.js';
import { classNames } from '../labels/label-table.js';
import { findMissing } from '../list/find-missing.js';
import { type CityscapesSplit, listCityscapes, noCityscapes } from './layout.js';

/** Which of Cityscapes' images. */
export interface CityscapesOptions {
  readonly split: CityscapesSplit;
  /** A list of images, relative to the folder, a line each; a label behind it is not looked at. Default: the split's folder. */
  readonly list?: string;
}

/**
 * Cityscapes' photographs as published, `root/leftImg8bit/{split}/{city}/…_leftImg8bit.png`, or another set in its
 * layout; without labels: only {@link openCityscapesOracle} can score against them.
 *
 * Class names are those of `root/labels.json` where that exists, else Cityscapes' nineteen.
 *
 * @throws UserError for a missing folder, an empty split, a list that cannot be used, a listed image that is not there
 * @example
 * ```ts
 * const target = await openCityscapesTarget('/data/cityscapes', { split: 'val' });
 * console.log(target.images.length); // 500
 * ```
 * @see Cordts et al., The Cityscapes Dataset, https://arxiv.org/abs/1604.01685
 */
export async function openCityscapesTarget(root: string, options: CityscapesOptions): Promise<TargetDomain> {
  const folder = resolve(root);
  const images = await cityscapesImages(folder, options);
  const hash = createHash('sha256');
  for (const { path } of images) hash.update(`${path}\n`);
  return {
    kind: 'target',
    name: cityscapesName(folder, options.split),
    classes: classNames(await readLabelTable(folder)),
    images,
    fingerprint: hash.digest('hex'),
  };
}

/** A split's name in logs: `"cityscapes/val"`. */
export function cityscapesName(root: string, split: CityscapesSplit): string {
  return `${basename(resolve(root))}/${split}`;
}

/** The images that the options choose, known to be there. */
export async function cityscapesImages(
  root: string,
  { split, list }: CityscapesOptions,
): Promise<readonly ImageRef[]> {
  if (list === undefined) {
    const images = await listCityscapes(root, split);
    if (images.length === 0) throw await noCityscapes(root, split);
    return images;
  }
  const listed = await readPairList(list);
  const images = listed.map(({ image }) => ({ path: image, file: resolve(root, image) }));
  const [missing, ...more] = await findMissing(images);
  if (missing === undefined) return images;
  throw new UserError({
    what: `${more.length + 1} of the ${images.length} images in ${list} are missing`,
    got: `no file ${missing.file}`,
    expected: 'every image of the list',
    fix: 'extract leftImg8bit_trainvaltest.zip again (the disk may have filled up), or remove those lines',
  });
}
