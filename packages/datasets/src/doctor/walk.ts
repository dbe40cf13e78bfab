import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

const IMAGE_NAME = /\.(png|jpe?g)$/i;

/** The image files in a folder and the folders in it, a directory entry at a time; hidden ones and links are left out. */
export async function* imageFilesUnder(folder: string): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* imageFilesUnder(path);
    else if (entry.isFile() && IMAGE_NAME.test(entry.name)) yield path;
  }
}
