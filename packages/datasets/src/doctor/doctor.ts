import { resolve } from 'node:path';
import { isUserError, type OracleReading } from '@syn2real/core';
import { createDecodePool } from '../loader/pool.js';
import { readClasses, VISDA17_CLASSES, type Visda17Split } from '../visda17/classes.js';
import { domainName } from '../visda17/split-list.js';
import { checkContents, checkHeaders } from './check-files.js';
import { type CheckedSplit, checkSplit } from './check-split.js';
import { problemText } from './problem-texts.js';
import type { DoctorProblem, DoctorReport } from './report.js';

/** How thoroughly to look. */
export interface DoctorOptions {
  /** Decode every image and look for the same bytes in two splits. Default false: only each file's first bytes. */
  deep?: boolean;
  /** Threads to decode in. Default: as many as cores. */
  workers?: number;
  /** Told of each target split whose labels were counted; it is a reading of them. */
  onReading?: (reading: OracleReading) => void;
  /** Told how many of all files have been looked at. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

const SPLITS: readonly Visda17Split[] = ['train', 'validation', 'test'];

/**
 * Looks a data folder over: lists, labels, files, numbers per class against the published ones, leaking splits.
 *
 * It throws for nothing that it finds; see {@link formatDoctorReport} for its report as text.
 *
 * @example
 * ```ts
 * const report = await doctor('/data/visda17', { deep: true });
 * console.log(formatDoctorReport(report));
 * process.exitCode = report.ok ? 0 : 1;
 * ```
 */
export async function doctor(
  root: string,
  { deep = false, workers, onReading, onProgress, signal }: DoctorOptions = {},
): Promise<DoctorReport> {
  const folder = resolve(root);
  const named = await classesOf(folder);
  const checked: CheckedSplit[] = [];
  for (const split of SPLITS) {
    signal?.throwIfAborted();
    const result = await checkSplit(folder, split, named.classes);
    checked.push(result);
    if (split !== 'train' && result.report.perClass !== null) {
      const target = domainName(folder, split);
      onReading?.({ target, purpose: 'doctor: images per class', images: result.report.images });
    }
  }
  await checkFiles(checked, { deep, workers, onProgress, signal });

  const problems = [...named.problems, ...checked.flatMap(problemsOf)];
  const ok = problems.every(({ severity }) => severity !== 'error');
  return {
    root: folder,
    classes: named.classes,
    splits: checked.map(({ report }) => report),
    problems,
    deep,
    ok,
  };
}

async function checkFiles(
  checked: readonly CheckedSplit[],
  { deep, workers, onProgress, signal }: DoctorOptions,
): Promise<void> {
  const total = checked.reduce((sum, { present }) => sum + present.length, 0);
  const pool = createDecodePool({ workers });
  const seen = new Map<string, string>();
  let done = 0;
  try {
    for (const { report, problems, present } of checked) {
      const verdict = ({ path }: { path: string }, reason: string | null): void => {
        if (reason !== null) problems.add('unreadable-file', `${path}: ${reason}`);
        onProgress?.(++done, total);
      };
      if (!deep) {
        await checkHeaders(present, verdict, signal);
        continue;
      }
      const own = new Map<string, string>();
      const hashed = ({ path }: { path: string }, hash: string): void => {
        const elsewhere = seen.get(hash);
        if (elsewhere !== undefined) problems.add('leak', `${report.split}/${path} is ${elsewhere}`);
        own.set(hash, `${report.split}/${path}`);
      };
      await checkContents(present, pool, verdict, hashed, signal);
      for (const [hash, place] of own) seen.set(hash, place);
    }
  } finally {
    await pool.close();
  }
}

async function classesOf(
  folder: string,
): Promise<{ classes: readonly string[]; problems: readonly DoctorProblem[] }> {
  try {
    return { classes: await readClasses(folder), problems: [] };
  } catch (error) {
    if (!isUserError(error)) throw error;
    const text = problemText('class-names', 'train');
    const examples = [error.parts.got ?? error.parts.what];
    return {
      classes: [...VISDA17_CLASSES],
      problems: [{ ...text, kind: 'class-names', split: null, count: 1, examples }],
    };
  }
}

function problemsOf({ report, problems }: CheckedSplit): DoctorProblem[] {
  return [...problems.found()].map(([kind, { count, examples }]) => ({
    ...problemText(kind, report.split),
    kind,
    split: report.split,
    count,
    examples,
  }));
}
