import { basename, resolve } from 'node:path';
import { type DenseSourceDomain, UserError } from '@syn2real/core';
import { denseFingerprint } from '../dense/dense-fingerprint.js';
import { readPairList } from '../dense/pair-list.js';
import { type Pair, type PairingOptions, wholePairs } from '../dense/pairing.js';
import { GTA5_LABELS } from '../labels/cityscapes-labels.js';
import { readLabelTable } from '../labels/label-file.js';
import { classNames, identityTrainIds, trainIdsOf } from '../labels/label-table.js';
import { findGta5List, GTA5_ARCHIVES, GTA5_SIZE, type Gta5Split, gta5Pair, listGta5 } from './layout.js';

/** Which of GTA5's images, and how their labels are read. */
export interface Gta5Options extends PairingOptions {
  /** Default `train`. */
  split?: Gta5Split;
  /** A list of the split, `"images/00001.png labels/00001.png"` a line. Default: `train.txt` or `gta5_train.txt` in the folder. */
  list?: string;
  /** What the label images hold: `ids`, as published, or class indices (`trainIds`). Default `ids`. */
  labelValues?: 'ids' | 'trainIds';
}

/** GTA5's images with their labels. */
export interface Gta5Source extends DenseSourceDomain {
  /** Where the choice of images comes from, in words: a list, or all of them. */
  readonly selection: string;
}

/**
 * GTA5 (Playing for Data) as published, or another set in its layout: `root/images/00001.png` and
 * `root/labels/00001.png`, label images whose palette indices or grey values are label ids.
 *
 * The published archives hold no list of the official split (12 403 / 6 382 / 6 181 images). With a list (`list`, or
 * one in the folder) its images are taken; without one the train split is all images that no list of another split
 * names, and {@link Gta5Source.selection} says so. Ids are those of `root/labels.json` where that exists, else {@link GTA5_LABELS}. Every file is known to be
 * there when this returns; none is opened.
 *
 * @throws UserError for a missing folder or list, a line that cannot be used (by its number), an image without a
 * label or the reverse
 * @example
 * ```ts
 * const source = await openGta5Source('/data/gta5');
 * console.log(source.images.length, source.selection);
 * ```
 * @see Richter et al., Playing for Data, https://arxiv.org/abs/1608.02192
 */
export async function openGta5Source(
  root: string,
  { split = 'train', list, labelValues = 'ids', ...pairing }: Gta5Options = {},
): Promise<Gta5Source> {
  const folder = resolve(root);
  const table = await readLabelTable(folder, GTA5_LABELS);
  const trainIds = labelValues === 'ids' ? trainIdsOf(table) : identityTrainIds(table);
  const found = list ?? (await findGta5List(folder, split));
  if (found === undefined && split !== 'train') throw noList(folder, split);
  const wanted: readonly Pair[] =
    found === undefined
      ? await listGta5(folder, split)
      : (await readPairList(found)).map((paths) => gta5Pair(folder, paths));
  const pairs = await wholePairs(wanted, GTA5_ARCHIVES, pairing);
  if (pairs.length === 0) throw nothingLeft(folder, wanted.length);
  return {
    kind: 'source',
    name: `${basename(folder)}/${split}`,
    classes: classNames(table),
    images: pairs.map(({ image }) => image),
    labels: pairs.map(({ label }) => label),
    trainIds,
    nominalSize: GTA5_SIZE,
    fingerprint: denseFingerprint(pairs, trainIds),
    selection:
      found === undefined
        ? `${pairs.length} images: all of ${folder} that no list of another split names, for want of a list of the ${split} split`
        : `${pairs.length} images of ${found}`,
  };
}

function noList(root: string, split: string): UserError {
  return new UserError({
    what: `the ${split} split of GTA5 was not found`,
    got: `neither ${split}.txt nor gta5_${split}.txt in ${root}`,
    expected: 'a list of its images: "images/00001.png labels/00001.png" a line',
    fix: `put such a list there, or pass one; the archives hold none`,
  });
}

function nothingLeft(root: string, wanted: number): UserError {
  return new UserError({
    what: 'no image is left',
    got: `none of ${wanted} images in ${root} has its label image`,
    expected: 'images/00001.png … and labels/00001.png …',
    fix: `extract ${GTA5_ARCHIVES} into one folder`,
  });
}
