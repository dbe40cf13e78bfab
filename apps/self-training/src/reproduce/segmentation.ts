import { basename, join } from 'node:path';
import {
  type Benchmark,
  miniBenchmark,
  rowsOf,
  type Trial,
  trainTask,
  trialOf,
} from '@syn2real/app-gta5-cityscapes';
import { parseOptions, runFolder, type Task, toArguments, trialName } from '@syn2real/cli';
import { SEGMENTATION_RECIPE } from '@syn2real/minibench';
import { SOURCE_SHARE_SEGMENTATION } from '@syn2real/self-training';
import type { RunSettings } from '../config/train-options.js';
import { DENSE_DEFAULTS, type DenseAsked, denseRecipeOptions } from '../dense/options.js';
import { adaptation } from './adapt-task.js';
import type { Row } from './rows.js';
import { finishedRuns, type RowRuns, taskOf } from './run-stages.js';

/** Where a row starts from: Table 3's training on the source at the large rate, or the same with proxy guidance. */
type StartId = 'source' | 'guided';

/** The starts, by Table 3's rows. */
export const SEGMENTATION_STARTS = [
  { id: 'source', label: 'Source', table3: 'naive' },
  { id: 'guided', label: 'Source + PG', table3: 'guided' },
] as const;

const METHODS = [
  { method: 'none', label: 'alone' },
  { method: 'cbst', label: '+ CBST' },
  { method: 'mrkld', label: '+ CRST (MRKLD)' },
  { method: 'mrkld+lrent', label: '+ CRST (MRKLD+LRENT)' },
  { method: 'mean-teacher', label: '+ mean teacher' },
] as const;

/** Each start alone and with each method. */
export const SEGMENTATION_ROWS: readonly Row<StartId>[] = SEGMENTATION_STARTS.flatMap(
  ({ id: start, label }) =>
    METHODS.map(({ method, label: name }) => ({
      id: `${start}-${method}`,
      label: `${label} ${name}`,
      start,
      method,
    })),
);

/** What is reproduced, and with how much. */
export interface SegmentationOptions {
  readonly out: string;
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  /** How starts are trained. */
  readonly benchmark: Benchmark;
  /** How they are adapted. */
  readonly given: Partial<DenseAsked>;
  readonly settings: Partial<RunSettings>;
}

/** Rate of the score layers in the released training on GTA5. */
const ASG_RATE = 1e-3;
/** Images of GTA5 in the released self-training's list, and those of Cityscapes' train split. */
const PUBLISHED = { source: 19_984, target: 2_975 } as const;

/** What of the mini benchmark can be chosen. */
export interface MiniSegmentationOptions {
  readonly out: string;
  readonly epochs: number;
  /** Scenes to train on, held out, and to adapt to. */
  readonly source: number;
  readonly heldOut: number;
  readonly target: number;
}

/**
 * Scenes of printed digits → scenes of handwritten ones. Nothing is tuned, and no label of the target was looked at:
 * rounds, portions, weights and crops around rare classes are those of the released segmentation code (the mean teacher's
 * threshold 0.968 that of later work on pixels, such as DACS); squares, batch size, momentum, weight decay, and that
 * nothing is mirrored or scaled, the benchmark's; rates are half of the benchmark's, of score layers and backbone (its small
 * one), as the released ones are half of ASG's; a round has as many source images per target image as the released one.
 */
export function miniSegmentation({
  out,
  epochs,
  source,
  heldOut,
  target,
}: MiniSegmentationOptions): Omit<SegmentationOptions, 'out' | 'seeds' | 'jobs'> {
  const { headRate, smallRate, crop, mirror, scale, batchSize, momentum, weightDecay } = SEGMENTATION_RECIPE;
  const perShare = (PUBLISHED.source / PUBLISHED.target) * (target / source);
  const share = (published: number): number => Math.min(1, published * perShare);
  return {
    benchmark: miniBenchmark({ data: join(out, 'data'), epochs, heldOut }),
    given: {
      adaptSplit: 'val',
      measureSplit: 'val',
      lr: headRate * (DENSE_DEFAULTS.lr / ASG_RATE),
      backboneFactor: Number((smallRate / headRate).toPrecision(6)),
      crop,
      mirror,
      scaleMin: scale[0],
      scaleMax: scale[1],
      predictScale: 1,
      predictFlip: 'none',
      batchSize,
      momentum,
      weightDecay,
      sourceShare: share(SOURCE_SHARE_SEGMENTATION.start),
      sourceShareStep: share(SOURCE_SHARE_SEGMENTATION.step),
      sourceShareCap: share(SOURCE_SHARE_SEGMENTATION.cap),
    },
    settings: { workers: 0 },
  };
}

/** The work in stages: starts, then what begins from them. */
export function segmentationStages(options: SegmentationOptions): Task[][] {
  const seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
  return [
    seeds.flatMap((seed) =>
      SEGMENTATION_STARTS.map(({ id }) =>
        taskOf('gta5-cityscapes', trainTask(options.out, startTrial(options, id, seed))),
      ),
    ),
    seeds.flatMap((seed) =>
      SEGMENTATION_ROWS.filter(({ method }) => method !== 'none').map((row) => adaptTask(options, row, seed)),
    ),
  ];
}

/** The rows with the runs that are finished. */
export function segmentationRuns(options: SegmentationOptions): RowRuns[] {
  return finishedRuns(SEGMENTATION_ROWS, options.seeds, (row, seed) => folderOf(options, row, seed));
}

/** A start of a seed, as `gta5-cityscapes reproduce table3` has it in the same folder. */
function startTrial({ benchmark }: SegmentationOptions, id: StartId, seed: number): Trial {
  const { table3 } = SEGMENTATION_STARTS.find((start) => start.id === id)!;
  const [{ label, given }] = rowsOf(benchmark)[table3];
  return trialOf(benchmark, { label, given, seed });
}

/** The folder of a row's run: of `none` the start's own. */
function folderOf(options: SegmentationOptions, row: Row<StartId>, seed: number): string {
  const start = runFolder(options.out, startTrial(options, row.start, seed));
  if (row.method === 'none') return start;
  return join(options.out, 'self-training', nameOf(options, row, seed, basename(start)));
}

function adaptTask(options: SegmentationOptions, row: Row<StartId>, seed: number): Task {
  return adaptation({
    dir: folderOf(options, row, seed),
    label: row.label,
    seed,
    recipe: toArguments(denseRecipeOptions, recipeOf(options, row, seed)),
    settings: options.settings,
  });
}

function recipeOf(options: SegmentationOptions, { start, method }: Row<StartId>, seed: number): DenseAsked {
  const init = runFolder(options.out, startTrial(options, start, seed));
  const task = 'gta5-cityscapes';
  return parseOptions(denseRecipeOptions, { ...DENSE_DEFAULTS, ...options.given, task, init, method, seed });
}

/** Start, method, seed, and a hash of all that decides a run's numbers but the files' places. */
function nameOf(options: SegmentationOptions, row: Row<StartId>, seed: number, start: string): string {
  const { init: _init, source: _source, target: _target, ...rest } = recipeOf(options, row, seed);
  return trialName(`${row.start}-${row.method.replaceAll('+', '-')}`, seed, { ...rest, start });
}
