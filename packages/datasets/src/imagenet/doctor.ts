import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { ImageRef } from '@syn2real/core';
import { checkHeaders } from '../doctor/check-files.js';
import { imageFilesUnder } from '../doctor/walk.js';
import { findMissing } from '../list/find-missing.js';
import { classesOf, readLabelList, SYNSET_LISTS, WORDNET_ID } from './label-list.js';
import { type ImagenetOptions, labelListIn } from './validation.js';

/** Something wrong with images of an old task, however often it occurs. */
export interface RetentionProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly count: number;
  /** The first few occurrences. */
  readonly examples: readonly string[];
  readonly fix: string;
}

/** What {@link doctorRetention} found. Plain JSON. */
export interface RetentionReport {
  readonly root: string;
  /** In folders named for their class, or all in one with a label list. */
  readonly form: 'folders' | 'list';
  readonly classes: number;
  readonly images: number;
  readonly problems: readonly RetentionProblem[];
  readonly ok: boolean;
}

/** Published numbers of ImageNet's validation images. */
const IMAGENET = { classes: 1000, images: 50_000 };
const MAX_EXAMPLES = 5;

/**
 * Looks images of an old task over, in either form of {@link openImagenetValidation}: lines, labels, files, numbers.
 *
 * It reads each file's first bytes and throws for nothing that it finds in them.
 *
 * @example
 * ```ts
 * const { ok, problems } = await doctorRetention('imagenet/val');
 * ```
 */
export async function doctorRetention(
  root: string,
  { labels }: ImagenetOptions = {},
): Promise<RetentionReport> {
  const folder = resolve(root);
  const found = new Map<
    string,
    { severity: 'error' | 'warning'; fix: string; examples: string[]; count: number }
  >();
  const add = (severity: 'error' | 'warning', message: string, fix: string, example: string): void => {
    const entry = found.get(message) ?? { severity, fix, examples: [], count: 0 };
    entry.count += 1;
    if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(example);
    found.set(message, entry);
  };
  const list = labels ?? (await labelListIn(folder));
  const { images, classes } =
    list === undefined ? await inFolders(folder, add) : await inList(folder, list, add);
  const missing = new Set(await findMissing(images));
  for (const { path } of missing) {
    add('error', 'listed images that are not there', 'extract the images again, or remove their lines', path);
  }
  const present = images.filter((image) => !missing.has(image));
  await checkHeaders(present, ({ path }, reason) => {
    if (reason === null) return;
    add(
      'error',
      'images that cannot be read',
      'extract them again, or run with --skip-unreadable',
      `${path}: ${reason}`,
    );
  });
  const wordnet = classes.length > 0 && classes.every((name) => WORDNET_ID.test(name));
  if (wordnet && classes.length < IMAGENET.classes) {
    const fix = `put a list of all ids beside the images (${SYNSET_LISTS.join(' or ')}), or all class folders`;
    const message = "fewer classes than ImageNet's, so that positions are not its class indices";
    add('error', message, fix, `${classes.length} of ${IMAGENET.classes}`);
  } else if (wordnet && images.length !== IMAGENET.images) {
    const fix = 'fine for a part on purpose; otherwise extract the images again';
    add(
      'warning',
      'the number of images differs from the published one',
      fix,
      `${images.length}, published ${IMAGENET.images}`,
    );
  }
  const problems = [...found].map(([message, entry]) => ({ message, ...entry }));
  return {
    root: folder,
    form: list === undefined ? 'folders' : 'list',
    classes: classes.length,
    images: images.length,
    problems,
    ok: problems.every(({ severity }) => severity !== 'error'),
  };
}

type Add = (severity: 'error' | 'warning', message: string, fix: string, example: string) => void;

interface Found {
  readonly images: readonly ImageRef[];
  readonly classes: readonly string[];
}

async function inFolders(folder: string, add: Add): Promise<Found> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const classes = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  if (classes.length < 2) {
    add('error', 'neither class folders nor a label list', 'pass the folder above the class folders', folder);
  }
  const images: ImageRef[] = [];
  for (const name of classes) {
    const before = images.length;
    for await (const file of imageFilesUnder(join(folder, name))) {
      images.push({ path: relative(folder, file), file });
    }
    if (images.length === before) add('error', 'class folders without an image', 'fill or remove them', name);
  }
  return { images, classes };
}

async function inList(folder: string, list: string, add: Add): Promise<Found> {
  const images: ImageRef[] = [];
  const labels: string[] = [];
  const listed = new Set<string>();
  for await (const entry of readLabelList(list)) {
    if ('broken' in entry) {
      add(
        'error',
        'lines that are not a name and a label',
        'correct them',
        `line ${entry.line}: ${entry.broken}`,
      );
      continue;
    }
    if (listed.has(entry.name))
      add('warning', 'images listed more than once', 'remove the repeated lines', entry.name);
    listed.add(entry.name);
    images.push({ path: entry.name, file: join(folder, entry.name) });
    labels.push(entry.label);
  }
  if (images.length === 0) add('error', 'the label list names no image', 'pass another', list);
  for await (const file of imageFilesUnder(folder)) {
    const name = relative(folder, file);
    if (!listed.has(name))
      add('warning', 'image files that the list does not name', 'nothing uses them', name);
  }
  const mixed = new Set(labels.map((label) => WORDNET_ID.test(label))).size > 1;
  if (mixed)
    add('error', 'WordNet ids and class indices side by side', 'use one or the other', basename(list));
  return { images, classes: mixed ? [] : await classesOf(folder, labels) };
}
