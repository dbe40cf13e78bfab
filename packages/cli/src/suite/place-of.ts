import { isAbsolute, relative, sep } from 'node:path';

/**
 * A file's path as it is recorded in a recipe: from the working directory where it lies below that, so that a suite whose
 * folder is moved as a whole finds its runs again.
 *
 * @param path absolute
 * @param directory the working directory, absolute
 * @example
 * ```ts
 * placeOf('/home/me/project/weights/a.safetensors', '/home/me/project'); // 'weights/a.safetensors'
 * ```
 */
export function placeOf(path: string, directory: string = process.cwd()): string {
  const place = relative(directory, path);
  const isOutside = place === '..' || place.startsWith(`..${sep}`) || isAbsolute(place);
  return isOutside ? path : place;
}
