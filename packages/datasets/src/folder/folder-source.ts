import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type ImageRef, type SourceDomain, UserError } from '@syn2real/core';

const IMAGE_NAME = /\.(png|jpe?g)$/i;

/**
 * Labelled images in folders named for their class: `root/class/*.png` (or jpg, jpeg).
 *
 * Classes and files are in the order of their names' UTF-16 code units, so that every machine agrees.
 *
 * @throws UserError where there are fewer than two class folders, or one without an image
 * @example
 * ```ts
 * const source = await openFolderSource('renders'); // renders/cat/0.png, renders/dog/0.png
 * ```
 */
export async function openFolderSource(root: string): Promise<SourceDomain> {
  const folder = resolve(root);
  const classes = (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  classes.sort();
  if (classes.length < 2) {
    throw new UserError({
      what: `${folder} is not a folder of classes`,
      got: `${classes.length} folders in it`,
      expected: 'one folder of images for each class, at least two',
      fix: 'pass the folder above the class folders',
    });
  }
  const hash = createHash('sha256');
  const images: ImageRef[] = [];
  const labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    const files = (await entriesOf(join(folder, name)))
      .filter((entry) => !entry.isDirectory() && IMAGE_NAME.test(entry.name))
      .map((entry) => entry.name)
      .sort();
    if (files.length === 0) {
      throw new UserError({
        what: `the class "${name}" has no images`,
        got: join(folder, name),
        expected: 'at least one .png, .jpg or .jpeg file',
        fix: 'put images there or remove the folder',
      });
    }
    for (const file of files) {
      const path = `${name}/${file}`;
      hash.update(`${path} ${label}\n`);
      images.push({ path, file: join(folder, name, file) });
      labels.push(label);
    }
  }
  return {
    kind: 'source',
    name: basename(folder),
    classes,
    images,
    labels: Int32Array.from(labels),
    fingerprint: hash.digest('hex'),
  };
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.'));
  } catch (cause) {
    throw new UserError({
      what: 'the data folder cannot be read',
      got: folder,
      expected: 'a folder with one folder of images for each class',
      fix: 'check the path',
      cause,
    });
  }
}
