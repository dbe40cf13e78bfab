import { UserError } from '@syn2real/core';
import {
  CITYSCAPES_COUNTS,
  type CityscapesLabelKind,
  type CityscapesSplit,
  cityscapesImageOf,
  cityscapesLabelOf,
  listCityscapes,
  listCityscapesLabels,
} from '../cityscapes/layout.js';
import { parsePairLine } from '../dense/pair-list.js';
import { findUnpaired, type Pair } from '../dense/pairing.js';
import { type ProblemCounter, problemCounter } from '../doctor/report.js';
import { findGta5List, GTA5_SPLITS, type Gta5Split, gta5Pair, listGta5 } from '../gta5/layout.js';
import { readLines } from '../list/lines.js';
import { isListProblem } from '../list/list-line.js';
import type { DenseLayout, DenseProblemKind } from './report.js';

/** A split's pairs as found, and what was wrong with them so far. */
export interface ListedSplit {
  readonly split: string;
  readonly found: boolean;
  /** Images, with or without a label. */
  readonly images: number;
  /** Pairs of which both files are there. */
  readonly pairs: readonly Pair[];
  /** Images that are there without a label. */
  readonly alone: readonly Pair[];
  /** Images as published; null where that is not known. */
  readonly published: number | null;
  /** What the label images hold. */
  readonly labelValues: 'ids' | 'trainIds';
  readonly problems: ProblemCounter<DenseProblemKind>;
}

/** The splits of a folder, whatever is in it. Opens no image. */
export async function listSplits(root: string, layout: DenseLayout): Promise<ListedSplit[]> {
  const splits: ListedSplit[] = [];
  if (layout === 'cityscapes') {
    for (const split of ['train', 'val', 'test'] as const)
      splits.push(await listCityscapesSplit(root, split));
    return splits;
  }
  for (const split of GTA5_SPLITS) {
    const listed = await listGta5Split(root, split);
    if (listed !== undefined) splits.push(listed);
  }
  return splits;
}

/** GTA5's splits as published, in images. */
const GTA5_COUNTS: Readonly<Record<Gta5Split, number>> = { train: 12_403, val: 6_382, test: 6_181 };
const GTA5_ALL = 24_966;

async function listGta5Split(root: string, split: Gta5Split): Promise<ListedSplit | undefined> {
  const problems = problemCounter<DenseProblemKind>();
  const list = await findGta5List(root, split);
  if (list === undefined && split !== 'train') return undefined;
  let wanted: Pair[] = [];
  if (list === undefined) {
    try {
      wanted = await listGta5(root, split);
      problems.add('no-list', root);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.add('missing-split', error.parts.got ?? error.parts.what);
    }
  } else {
    wanted = await readListedPairs(root, list, problems);
  }
  const published = list === undefined ? GTA5_ALL : GTA5_COUNTS[split];
  return pairedSplit(split, wanted, published, 'ids', problems);
}

async function readListedPairs(
  root: string,
  list: string,
  problems: ProblemCounter<DenseProblemKind>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  for await (const { number, text, problem } of readLines(list)) {
    const parsed =
      problem === undefined ? parsePairLine(text) : { kind: 'broken' as const, message: problem };
    if (isListProblem(parsed)) {
      problems.add('broken-line', `line ${number} ${parsed.message}`);
      continue;
    }
    const pair = gta5Pair(root, parsed);
    if (seen.has(pair.image.path)) problems.add('duplicate', `line ${number}: ${pair.image.path}`);
    else pairs.push(pair);
    seen.add(pair.image.path);
  }
  if (pairs.length === 0) problems.add('missing-split', `${list} names no image`);
  return pairs;
}

async function listCityscapesSplit(root: string, split: CityscapesSplit): Promise<ListedSplit> {
  const problems = problemCounter<DenseProblemKind>();
  const images = await listCityscapes(root, split);
  if (images.length === 0) problems.add('missing-split', `leftImg8bit/${split}`);
  const [ids, trainIds] = [
    await listCityscapesLabels(root, split, 'labelIds'),
    await listCityscapesLabels(root, split, 'labelTrainIds'),
  ];
  const kind: CityscapesLabelKind = trainIds.length > ids.length ? 'labelTrainIds' : 'labelIds';
  const labels = kind === 'labelIds' ? ids : trainIds;
  const values = kind === 'labelIds' ? 'ids' : 'trainIds';
  const published = CITYSCAPES_COUNTS[split];
  const pairs = images.map((image) => ({ image, label: cityscapesLabelOf(root, image, kind) }));
  if (labels.length === 0) {
    if (images.length > 0) problems.add('no-truth', `gtFine/${split}`);
    const found = images.length > 0;
    return {
      split,
      found,
      images: images.length,
      pairs: [],
      alone: pairs,
      published,
      labelValues: values,
      problems,
    };
  }
  const known = new Set(images.map(({ path }) => path));
  const orphans = labels
    .map((label) => ({ image: cityscapesImageOf(root, label), label }))
    .filter(({ image }) => !known.has(image.path));
  return pairedSplit(split, [...pairs, ...orphans], published, values, problems);
}

async function pairedSplit(
  split: string,
  wanted: readonly Pair[],
  published: number,
  labelValues: 'ids' | 'trainIds',
  problems: ProblemCounter<DenseProblemKind>,
): Promise<ListedSplit> {
  const unpaired = await findUnpaired(wanted);
  const noImage = new Set(unpaired.labels);
  const noLabel = new Set(unpaired.images);
  for (const { image } of unpaired.images) problems.add('missing-label', image.path);
  for (const { label } of unpaired.labels) problems.add('missing-image', label.path);
  return {
    split,
    found: wanted.length > 0,
    images: wanted.filter((pair) => !noImage.has(pair)).length,
    pairs: wanted.filter((pair) => !noImage.has(pair) && !noLabel.has(pair)),
    alone: wanted.filter((pair) => !noImage.has(pair) && noLabel.has(pair)),
    published,
    labelValues,
    problems,
  };
}
