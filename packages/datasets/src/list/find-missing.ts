import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ImageRef } from '@syn2real/core';

/** The images whose file is not there, in order. Reads each folder once instead of asking for each file. */
export async function findMissing(images: readonly ImageRef[]): Promise<ImageRef[]> {
  const folders = new Map<string, ReadonlySet<string>>();
  const missing: ImageRef[] = [];
  for (const image of images) {
    const folder = dirname(image.file);
    let names = folders.get(folder);
    if (names === undefined) {
      names = await filesIn(folder);
      folders.set(folder, names);
    }
    if (!names.has(basename(image.file)) && !(await isFile(image.file))) missing.push(image);
  }
  return missing;
}

async function filesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  } catch {
    return new Set();
  }
}

/** Follows links, and finds names that differ in case where the file system does. */
async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
