import { UserError } from '@syn2real/core';
import { readLines } from '../list/lines.js';
import { checkPath, clip, isListProblem, type ListProblem } from '../list/list-line.js';

/** Paths of an image and its label image, relative to the data folder. */
export interface PairPaths {
  readonly image: string;
  /** Null where the line names an image alone. */
  readonly label: string | null;
}

/** A line `"image label"`, separated by a tab or spaces, or `"image"` alone. */
export function parsePairLine(text: string): PairPaths | ListProblem {
  const words = text.split(text.includes('\t') ? /\t+/ : / +/).map((word) => word.trim());
  const [image, label = null, ...rest] = words;
  if (image === undefined || rest.length > 0) {
    return { kind: 'broken', message: `is not "image label": it has ${words.length} parts, "${clip(text)}"` };
  }
  return checkPath(image) ?? (label === null ? undefined : checkPath(label)) ?? { image, label };
}

/**
 * The pairs of a list in order.
 *
 * @throws UserError with the number of the first line that cannot be used, or where there is no line
 */
export async function readPairList(list: string): Promise<PairPaths[]> {
  const pairs: PairPaths[] = [];
  for await (const { number, text, problem } of readLines(list)) {
    const parsed =
      problem === undefined ? parsePairLine(text) : { kind: 'broken' as const, message: problem };
    if (isListProblem(parsed)) {
      throw new UserError({
        what: `line ${number} of ${list} ${parsed.message}`,
        got: JSON.stringify(clip(text)),
        expected: '"images/00001.png labels/00001.png", separated by a space or a tab',
        fix: 'correct that line; the doctor command lists every such line',
      });
    }
    pairs.push(parsed);
  }
  if (pairs.length === 0) {
    throw new UserError({
      what: 'the list names no image',
      got: `${list} has no lines`,
      expected: 'one "image label" line for each image',
      fix: 'give another list, or remove it to use every image of the folder',
    });
  }
  return pairs;
}
