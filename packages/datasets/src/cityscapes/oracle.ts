import { resolve } from 'node:path';
import { type DenseOracle, type ImageRef, UserError } from '@syn2real/core';
import type { PairingOptions } from '../dense/pairing.js';
import { type DenseTruth, openReading, readClassMap } from '../dense/reading.js';
import { readLabelTable } from '../labels/label-file.js';
import { classNames, identityTrainIds, trainIdsOf } from '../labels/label-table.js';
import { findMissing } from '../list/find-missing.js';
import type { OracleOptions } from '../visda17/oracle.js';
import {
  type CityscapesLabelKind,
  type CityscapesSplit,
  cityscapesLabelOf,
  listCityscapes,
} from './layout.js';
import { type CityscapesOptions, cityscapesImages, cityscapesName } from './target.js';

const KINDS: readonly CityscapesLabelKind[] = ['labelIds', 'labelTrainIds'];

/**
 * The only way to the labels of a Cityscapes split: scores predictions and shows single truths, and reports each time.
 *
 * It reads `root/gtFine/{split}/{city}/…_gtFine_labelIds.png` by the label table (`root/labels.json` where that exists,
 * else Cityscapes'), or, where those are not there, `…_labelTrainIds.png`.
 *
 * @param options which images, as {@link openCityscapesTarget}; who is told of readings; skipUnreadable: images whose
 * label is missing or cannot be read are left out of the counts. Default false
 * @throws UserError where an image has no label file (unless skipped); from its readings as {@link openReading}
 * @example
 * ```ts
 * const oracle = await openCityscapesOracle('/data/cityscapes', { split: 'val', onReading: (r) => ledger.push(r) });
 * const reading = oracle.open('final epoch');
 * for await (const { index, pixels, size } of reader.read(listOrder(target.images.length))) {
 *   await reading.add(index, predict(pixels, size), size);
 * }
 * console.log(meanIou(reading.finish()));
 * ```
 */
export async function openCityscapesOracle(
  root: string,
  { onReading, skipUnreadable, onSkip, ...chosen }: CityscapesOptions & OracleOptions & PairingOptions,
): Promise<DenseOracle> {
  const folder = resolve(root);
  const images = await cityscapesImages(folder, chosen);
  const table = await readLabelTable(folder);
  const { kind, labels } = await labelsOf(folder, chosen.split, images, skipUnreadable);
  const truth: DenseTruth = {
    classes: classNames(table),
    labels,
    trainIds: kind === 'labelIds' ? trainIdsOf(table) : identityTrainIds(table),
  };
  const target = cityscapesName(folder, chosen.split);
  return {
    target,
    open: (purpose, { partial } = {}) =>
      openReading(truth, {
        partial,
        skipUnreadable,
        onSkip,
        onFinish: (count) => onReading({ target, purpose, images: count }),
      }),
    show: (image, purpose) => {
      onReading({ target, purpose, images: 1 });
      return readClassMap(truth, image);
    },
  };
}

/** Whether a split's first image has a label file. Says nothing about what is in it. */
export async function hasCityscapesTruth(root: string, split: CityscapesSplit): Promise<boolean> {
  const [first] = await listCityscapes(root, split);
  if (first === undefined) return false;
  const labels = KINDS.map((kind) => cityscapesLabelOf(root, first, kind));
  return (await findMissing(labels)).length < labels.length;
}

async function labelsOf(
  root: string,
  split: CityscapesSplit,
  images: readonly ImageRef[],
  skipMissing = false,
): Promise<{ kind: CityscapesLabelKind; labels: readonly ImageRef[] }> {
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const labels = images.map((image) => cityscapesLabelOf(root, image, kind));
      return { kind, labels, missing: await findMissing(labels) };
    }),
  );
  const { kind, labels, missing } = found.reduce((best, other) =>
    other.missing.length < best.missing.length ? other : best,
  );
  if (missing.length === 0 || (skipMissing && missing.length < images.length)) return { kind, labels };
  throw new UserError({
    what: `${missing.length} of the ${images.length} images of the ${split} split have no label image`,
    got: `no file ${missing[0]!.file}`,
    expected: `gtFine/${split}/city/…_gtFine_labelIds.png for each image`,
    fix: 'extract gtFine_trainvaltest.zip again (the disk may have filled up), or score a split that has labels',
  });
}
