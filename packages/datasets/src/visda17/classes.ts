import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';

/** VisDA-17's twelve classes, in the order of their labels. */
export const VISDA17_CLASSES: readonly string[] = [
  'aeroplane',
  'bicycle',
  'bus',
  'car',
  'horse',
  'knife',
  'motorcycle',
  'person',
  'plant',
  'skateboard',
  'train',
  'truck',
];

/** The splits as their folders are called. */
export type Visda17Split = 'train' | 'validation' | 'test';

/**
 * Images per class as published, in the order of {@link VISDA17_CLASSES}.
 *
 * @see http://ai.bu.edu/visda-2017/
 */
export const VISDA17_COUNTS: Readonly<Record<Visda17Split, readonly number[]>> = {
  train: [14309, 7365, 16640, 12800, 9512, 14240, 17360, 12160, 10371, 11680, 16000, 9960],
  validation: [3646, 3475, 4690, 10401, 4691, 2075, 5796, 4000, 4549, 2281, 4236, 5548],
  test: [5196, 4272, 6970, 7280, 6331, 5491, 8079, 7673, 4287, 2762, 7264, 6767],
};

/** File in the data folder that names other classes than VisDA-17's, one a line. */
export const CLASSES_FILE = 'classes.txt';

/**
 * The class names of a data folder: the lines of its `classes.txt`, or without one VisDA-17's twelve.
 *
 * @throws UserError where the file has fewer than two names, an empty one between others, or the same twice
 */
export async function readClasses(root: string): Promise<readonly string[]> {
  const file = join(root, CLASSES_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return VISDA17_CLASSES;
    throw error;
  }
  const names = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const empty = names.indexOf('');
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  const got =
    empty >= 0
      ? `line ${empty + 1} is empty`
      : twice >= 0
        ? `line ${twice + 1} repeats "${names[twice]}"`
        : names.length < 2
          ? `one name`
          : undefined;
  if (got === undefined) return names;
  throw new UserError({
    what: `the class names in ${file} cannot be used`,
    got,
    expected: 'at least two names, one a line, each once; the first is label 0',
    fix: `correct the file, or remove it to use VisDA-17's twelve classes`,
  });
}
