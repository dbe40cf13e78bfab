import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type ImageRef, UserError } from '@syn2real/core';
import { findMissing } from '../list/find-missing.js';
import { readLines } from '../list/lines.js';
import { isListProblem, type ListEntry, parseListLine } from '../list/list-line.js';
import { readClasses, type Visda17Split } from './classes.js';

/** The list's name in each split's folder. */
export const LIST_FILE = 'image_list.txt';

/** Where a split and its list are. */
export interface SplitPlace {
  readonly folder: string;
  readonly list: string;
}

/** Where a split is expected under the data folder. */
export function splitPlace(root: string, split: Visda17Split): SplitPlace {
  const folder = resolve(root, split);
  return { folder, list: join(folder, LIST_FILE) };
}

/** A name for a split in logs: `"visda17/train"`. */
export function domainName(root: string, split: Visda17Split): string {
  return `${basename(resolve(root))}/${split}`;
}

/** A split's list, its files found to be there. */
export interface SplitList {
  readonly classes: readonly string[];
  readonly images: readonly ImageRef[];
  readonly fingerprint: string;
}

/**
 * Reads a list piece by piece and checks that its files are there.
 *
 * @param fingerprintOf the text of an entry that goes into the fingerprint
 * @param onEntry called for each entry in order
 */
export async function readSplit(
  root: string,
  split: Visda17Split,
  labels: 'required' | 'optional',
  fingerprintOf: (entry: ListEntry) => string,
  onEntry: (entry: ListEntry) => void = () => {},
): Promise<SplitList> {
  const place = splitPlace(root, split);
  await checkPlace(root, split, place);
  const classes = await readClasses(root);
  const hash = createHash('sha256');
  const images: ImageRef[] = [];
  for await (const entry of readEntries(place.list, classes.length, labels)) {
    hash.update(`${fingerprintOf(entry)}\n`);
    images.push({ path: entry.path, file: join(place.folder, entry.path) });
    onEntry(entry);
  }
  if (images.length === 0) {
    throw new UserError({
      what: `the list of the ${split} split names no image`,
      got: `${place.list} has no lines`,
      expected: 'one "relative/path label" line for each image',
      fix: `extract ${split}.tar again, with its ${LIST_FILE}`,
    });
  }
  await checkPresent(split, place.list, images);
  return { classes, images, fingerprint: hash.digest('hex') };
}

/**
 * The entries of a list in order.
 *
 * @throws UserError with the number of the first line that cannot be used
 */
export async function* readEntries(
  list: string,
  classes: number,
  labels: 'required' | 'optional',
): AsyncGenerator<ListEntry, void, undefined> {
  for await (const { number, text, problem } of readLines(list)) {
    const parsed =
      problem === undefined
        ? parseListLine(text, { classes, labels })
        : { kind: 'broken' as const, message: problem };
    if (!isListProblem(parsed)) {
      yield parsed;
      continue;
    }
    throw new UserError({
      what: `line ${number} of ${list} ${parsed.message}`,
      got: JSON.stringify(text.length > 200 ? `${text.slice(0, 197)}…` : text),
      expected: `"relative/path label" with a label in 0…${classes - 1}`,
      fix: 'correct that line; the doctor command lists every such line',
    });
  }
}

async function checkPlace(root: string, split: Visda17Split, { list }: SplitPlace): Promise<void> {
  if (await isFile(list)) return;
  const expected = `the layout as published: ${join(root, split, LIST_FILE)} and the images beside it`;
  if (await isFile(resolve(root, LIST_FILE))) {
    throw new UserError({
      what: `this is the folder of one split, not the data folder: ${root}`,
      got: `${join(root, LIST_FILE)} exists, ${list} does not`,
      expected,
      fix: `pass the folder above it: ${resolve(root, '..')}`,
    });
  }
  const there = await stat(resolve(root)).catch(() => undefined);
  throw new UserError({
    what: `the ${split} split was not found`,
    got: there === undefined ? `the folder ${root} does not exist` : `${list} does not exist`,
    expected,
    fix: `pass the folder that holds train/, validation/ and test/; a download is extracted by: tar -xf ${split}.tar -C ${root}`,
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function checkPresent(split: Visda17Split, list: string, images: readonly ImageRef[]): Promise<void> {
  const missing = await findMissing(images);
  const first = missing[0];
  if (first === undefined) return;
  throw new UserError({
    what: `${missing.length} of the ${images.length} images in ${list} ${missing.length === 1 ? 'is' : 'are'} missing`,
    got: `no file ${first.file}${missing.length === 1 ? '' : ' (the first of them)'}`,
    expected: 'every image of the list beside it',
    fix: `extract ${split}.tar again (the disk may have filled up), or remove those lines from the list`,
  });
}
