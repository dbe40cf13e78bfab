import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ImageRef } from '@syn2real/core';
import { findMissing } from '../list/find-missing.js';
import { readLines } from '../list/lines.js';
import { isListProblem, parseListLine } from '../list/list-line.js';
import { VISDA17_CLASSES, VISDA17_COUNTS, type Visda17Split } from '../visda17/classes.js';
import { splitPlace } from '../visda17/split-list.js';
import { type ProblemCounter, problemCounter, type SplitReport } from './report.js';
import { imageFilesUnder } from './walk.js';

/** A split's numbers, its problems so far, and the images that are there. */
export interface CheckedSplit {
  readonly report: SplitReport;
  readonly problems: ProblemCounter;
  readonly present: readonly ImageRef[];
}

const KIND_OF_LINE = { broken: 'broken-line', label: 'label-out-of-range', path: 'path-outside' } as const;

/** Reads a split's list to its end, whatever is in it, and compares it with the folder. Opens no image. */
export async function checkSplit(
  root: string,
  split: Visda17Split,
  classes: readonly string[],
): Promise<CheckedSplit> {
  const problems = problemCounter();
  const { folder, list } = splitPlace(root, split);
  const published = classes === VISDA17_CLASSES ? VISDA17_COUNTS[split] : null;
  const there = await stat(list).catch(() => undefined);
  if (there === undefined || !there.isFile()) {
    problems.add('missing-split', list);
    return { report: { split, found: false, images: 0, perClass: null, published }, problems, present: [] };
  }

  const labels = split === 'train' ? 'required' : 'optional';
  const perClass = new Array<number>(classes.length).fill(0);
  const listed = new Set<string>();
  const images: ImageRef[] = [];
  let labelled = 0;
  let firstUnlabelled: string | undefined;
  for await (const { number, text, problem } of readLines(list)) {
    if (problem !== undefined) {
      problems.add('broken-line', `line ${number} ${problem}`);
      continue;
    }
    const parsed = parseListLine(text, { classes: classes.length, labels });
    if (isListProblem(parsed)) {
      problems.add(KIND_OF_LINE[parsed.kind], `line ${number} ${parsed.message}`);
      continue;
    }
    const { path, label } = parsed;
    if (label === null) firstUnlabelled ??= `line ${number}: ${path}`;
    else {
      labelled += 1;
      perClass[label]! += 1;
    }
    const file = join(folder, path);
    if (listed.has(file)) problems.add('duplicate', `line ${number}: ${path}`);
    else images.push({ path, file });
    listed.add(file);
  }

  const read = images.length;
  if (read === 0) problems.add('empty-list', list);
  if (labelled > 0 && firstUnlabelled !== undefined) problems.add('label-missing', firstUnlabelled);
  if (labelled === 0 && read > 0) problems.add('no-truth', list);
  const missing = new Set(await findMissing(images));
  for (const image of missing) problems.add('missing-file', image.path);
  for await (const file of imageFilesUnder(folder)) {
    if (!listed.has(file)) problems.add('unlisted-file', relative(folder, file));
  }
  for (const difference of differences(classes, labelled > 0 ? perClass : [read], published)) {
    problems.add('counts-differ', difference);
  }
  return {
    report: { split, found: true, images: read, perClass: labelled > 0 ? perClass : null, published },
    problems,
    present: images.filter((image) => !missing.has(image)),
  };
}

/** Where the numbers differ from the published ones; `counts` per class, or all images as one number. */
function differences(
  classes: readonly string[],
  counts: readonly number[],
  published: readonly number[] | null,
): string[] {
  if (published === null) return [];
  const expected = counts.length === 1 ? [published.reduce((sum, count) => sum + count, 0)] : published;
  return counts.flatMap((count, c) =>
    count === expected[c]
      ? []
      : [`${counts.length === 1 ? 'images' : classes[c]}: ${count}, published ${expected[c]}`],
  );
}
