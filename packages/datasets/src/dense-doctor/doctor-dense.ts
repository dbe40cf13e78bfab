import { basename, resolve } from 'node:path';
import { type ImageRef, isUserError, type OracleReading } from '@syn2real/core';
import { checkHeaders } from '../doctor/check-files.js';
import { GTA5_SIZE } from '../gta5/layout.js';
import { CITYSCAPES_LABELS, GTA5_LABELS } from '../labels/cityscapes-labels.js';
import { readLabelTable } from '../labels/label-file.js';
import { classNames, identityTrainIds, type LabelTable, trainIdsOf } from '../labels/label-table.js';
import { createDecodePool, type DecodePool } from '../loader/pool.js';
import { checkPairHeaders, countClasses, decodeImages } from './check-pairs.js';
import { type ListedSplit, listSplits } from './list-splits.js';
import { denseProblemText } from './problem-texts.js';
import type {
  DenseDoctorReport,
  DenseLayout,
  DenseProblem,
  DenseProblemKind,
  DenseSplitReport,
} from './report.js';

/** Which layout to look for, and how thoroughly. */
export interface DenseDoctorOptions {
  layout: DenseLayout;
  /** Decode every file, count the pixels of each class, and look for the same bytes in two splits. Default false. */
  deep?: boolean;
  /** Threads to decode in. Default: as many as cores. */
  workers?: number;
  /** Told of each target split (Cityscapes' layout) whose labels were decoded; it is a reading of them. */
  onReading?: (reading: OracleReading) => void;
  /** Told how many images of all have been looked at. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** What is the same for all splits of a folder. */
interface Context extends DenseDoctorOptions {
  readonly root: string;
  readonly table: LabelTable;
  readonly pool: DecodePool;
  /** Splits by the files of their images. */
  readonly splitOf: Map<string, string>;
  /** Where images were seen, by the hash of their bytes. */
  readonly placeOf: Map<string, string>;
  readonly done: (images: number) => void;
}

/**
 * Looks a folder in GTA5's or Cityscapes' layout over: lists, pairs, formats, sizes, numbers against the published
 * ones; `deep` decodes every file and finds values outside the label table, damaged data and leaking splits.
 *
 * It throws for nothing that it finds; see {@link formatDenseDoctorReport} for its report as text.
 *
 * @example
 * ```ts
 * const report = await doctorDense('/data/gta5', { layout: 'gta5', deep: true });
 * console.log(formatDenseDoctorReport(report));
 * process.exitCode = report.ok ? 0 : 1;
 * ```
 */
export async function doctorDense(root: string, options: DenseDoctorOptions): Promise<DenseDoctorReport> {
  const { layout, deep = false, workers, onProgress } = options;
  const folder = resolve(root);
  const { table, own, problems } = await tableOf(folder, layout);
  const listed = await listSplits(folder, layout);
  const total = listed.reduce((sum, { images }) => sum + images, 0);
  let looked = 0;
  const pool = createDecodePool({ workers });
  const context: Context = {
    ...options,
    root: folder,
    table,
    pool,
    splitOf: new Map(),
    placeOf: new Map(),
    done: (images) => {
      looked += images;
      onProgress?.(looked, total);
    },
  };
  const splits: DenseSplitReport[] = [];
  try {
    for (const split of listed) splits.push(await checkSplit(split, context, own));
  } finally {
    await pool.close();
  }
  const all = [...problems, ...listed.flatMap((split) => problemsOf(split, layout))];
  const ok = all.every(({ severity }) => severity !== 'error');
  return { root: folder, layout, classes: classNames(table), splits, problems: all, deep, ok };
}

async function checkSplit(listed: ListedSplit, context: Context, own: boolean): Promise<DenseSplitReport> {
  const { split, found, images, pairs, alone, problems } = listed;
  const { layout, deep = false, table, pool, done, signal } = context;
  const published = own ? null : listed.published;
  if (published !== null && found && images !== published) {
    problems.add('counts-differ', `${images}, published ${published}`);
  }
  const nominal = layout === 'gta5' ? GTA5_SIZE : undefined;
  const onBadImage = ({ path }: ImageRef, reason: string | null): void => {
    if (!deep && reason !== null) problems.add('unreadable-image', `${path}: ${reason}`);
  };
  const looked = { onBadImage, done: deep ? () => {} : done };
  const readable = await checkPairHeaders(pairs, nominal, problems, looked, signal);
  if (!deep) {
    const images = alone.map(({ image }) => image);
    await checkHeaders(images, onBadImage, signal);
    done(images.length);
  }
  checkPaths(listed, context);
  const report = { split, found, images, labelled: pairs.length, published };
  if (!deep) return { ...report, pixels: null };

  await decodeAll(listed, context);
  if (readable.length === 0) return { ...report, pixels: null };
  const trainIds = listed.labelValues === 'ids' ? trainIdsOf(table) : identityTrainIds(table);
  const names = classNames(table);
  const labels = readable.map(({ label }) => label);
  const pixels = await countClasses(labels, trainIds, names.length, pool, problems, signal);
  if (layout === 'cityscapes') {
    const target = `${basename(context.root)}/${split}`;
    context.onReading?.({ target, purpose: 'doctor: pixels per class', images: labels.length });
  }
  reportAbsent(names, pixels, labels[0]!.path, listed);
  return { ...report, pixels };
}

/** Images listed in two splits. */
function checkPaths({ split, pairs, problems }: ListedSplit, { splitOf }: Context): void {
  for (const { image } of pairs) {
    const elsewhere = splitOf.get(image.file);
    if (elsewhere !== undefined) problems.add('leak', `${image.path} is in ${elsewhere} too`);
    else splitOf.set(image.file, split);
  }
}

/** Decodes a split's images, and finds those whose bytes another split has under another name. */
async function decodeAll({ split, pairs, alone, problems }: ListedSplit, context: Context): Promise<void> {
  const { pool, placeOf, done, signal } = context;
  const files = [...pairs, ...alone].map(({ image }) => image);
  const own = new Map<string, string>();
  await decodeImages(
    files,
    pool,
    problems,
    ({ path }, hash) => {
      const elsewhere = placeOf.get(hash);
      if (elsewhere !== undefined && !elsewhere.endsWith(`/${path}`)) {
        problems.add('leak', `${path} is ${elsewhere}`);
      }
      own.set(hash, `${split}/${path}`);
    },
    done,
    signal,
  );
  for (const [hash, place] of own) placeOf.set(hash, place);
}

function reportAbsent(
  names: readonly string[],
  pixels: readonly number[],
  first: string,
  { problems }: ListedSplit,
): void {
  const absent = names.filter((_, c) => pixels[c] === 0);
  if (absent.length === names.length)
    problems.add('no-truth', `${first} and all others hold no trained class`);
  else for (const name of absent) problems.add('absent-class', name);
}

async function tableOf(
  folder: string,
  layout: DenseLayout,
): Promise<{ table: LabelTable; own: boolean; problems: readonly DenseProblem[] }> {
  const fallback = layout === 'gta5' ? GTA5_LABELS : CITYSCAPES_LABELS;
  try {
    const table = await readLabelTable(folder, fallback);
    return { table, own: table !== fallback, problems: [] };
  } catch (error) {
    if (!isUserError(error)) throw error;
    const examples = [error.parts.got ?? error.parts.what];
    return { table: fallback, own: true, problems: [problemOf('label-table', layout, null, 1, examples)] };
  }
}

function problemsOf({ split, problems }: ListedSplit, layout: DenseLayout): DenseProblem[] {
  return [...problems.found()].map(([kind, { count, examples }]) =>
    problemOf(kind, layout, split, count, examples),
  );
}

function problemOf(
  kind: DenseProblemKind,
  layout: DenseLayout,
  split: string | null,
  count: number,
  examples: readonly string[],
): DenseProblem {
  const text = denseProblemText(kind, layout);
  return { severity: text.severity, kind, split, message: text.message, count, examples, fix: text.fix };
}
