import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type ImageRef, type SourceDomain, UserError } from '@syn2real/core';
import { openFolderSource } from '../folder/folder-source.js';
import { findMissing } from '../list/find-missing.js';
import { classesOf, LABEL_LISTS, type LabelledName, readLabelList } from './label-list.js';

/** Options of {@link openImagenetValidation}. */
export interface ImagenetOptions {
  /** The label list. Default: `LOC_val_solution.csv`, `val.txt` or `labels.txt` in the folder. */
  labels?: string;
}

/**
 * Images of an old task, such as ImageNet's validation images, in either form: a folder for each class (WordNet ids, for
 * ImageNet), or all in one folder with a label list. A class's index is the position of its name in sorted order.
 *
 * A line of the list is a file name and a WordNet id or class index: Kaggle's `LOC_val_solution.csv`, or `name label`.
 * `ILSVRC2012_validation_ground_truth.txt` is no such list: its numbers count ImageNet's own ids. Where ids are few, a
 * list of all (`LOC_synset_mapping.txt` or `synsets.txt`, an id a line) beside the images says which index each has.
 *
 * @throws UserError where images or labels are missing or lines cannot be used
 * @example
 * ```ts
 * const retention = await openImagenetValidation('imagenet/val'); // n01440764/ILSVRC2012_val_00000293.JPEG, …
 * ```
 * @see Russakovsky et al.: ImageNet large scale visual recognition challenge (IJCV 2015)
 */
export async function openImagenetValidation(
  root: string,
  { labels }: ImagenetOptions = {},
): Promise<SourceDomain> {
  const folder = resolve(root);
  const list = labels ?? (await labelListIn(folder));
  if (list === undefined) return openFolderSource(folder);
  const entries: LabelledName[] = [];
  for await (const entry of readLabelList(list)) {
    if ('broken' in entry) {
      throw new UserError({
        what: `line ${entry.line} of ${list} cannot be used`,
        got: entry.broken,
        expected: 'a file name, then a WordNet id (n01440764) or a class index',
        fix: 'correct it; doctor --retention lists every such line',
      });
    }
    entries.push(entry);
  }
  if (entries.length === 0) {
    throw new UserError({ what: 'the label list names no image', got: list });
  }
  const images = entries.map(({ name }): ImageRef => ({ path: name, file: join(folder, name) }));
  const [missing] = await findMissing(images);
  if (missing !== undefined) {
    throw new UserError({
      what: 'an image of the label list is not there',
      got: missing.file,
      fix: 'extract the images again, or remove its line; doctor --retention lists every such line',
    });
  }
  const classes = await classesOf(
    folder,
    entries.map(({ label }) => label),
  );
  const indices = entries.map(({ label }) => indexOf(label, classes));
  const outside = indices.findIndex((index) => index < 0 || index >= classes.length);
  if (outside >= 0) {
    throw new UserError({
      what: `line ${entries[outside]!.line} of ${list} has a label that is no class`,
      got: entries[outside]!.label,
      expected: `one of ${classes.length} classes`,
    });
  }
  const hash = createHash('sha256');
  entries.forEach(({ name }, i) => {
    hash.update(`${name} ${indices[i]}\n`);
  });
  return {
    kind: 'source',
    name: basename(folder),
    classes,
    images,
    labels: Int32Array.from(indices),
    fingerprint: hash.digest('hex'),
  };
}

/** The label list of a flat folder; undefined where the images are in folders. */
export async function labelListIn(folder: string): Promise<string | undefined> {
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined || !there.isDirectory()) return undefined;
  const files = await readdir(folder);
  const found = LABEL_LISTS.find((name) => files.includes(name));
  return found === undefined ? undefined : join(folder, found);
}

function indexOf(label: string, classes: readonly string[]): number {
  return /^\d+$/.test(label) ? Number(label) : classes.indexOf(label);
}
