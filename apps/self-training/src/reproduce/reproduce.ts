import type { Task } from '@syn2real/cli';
import type { Embedding } from './fig10.js';
import { FIG10, type Row, TABLE4 } from './rows.js';
import { finishedRuns, type RowRuns } from './run-stages.js';
import { adaptTask, featuresTask, policyTaskOf, rowFolder, type StartOptions, startTask } from './trials.js';

/** Tables and figures of the paper, by its numbering: together they are `all`. */
export const PAPER_SUITES = ['table4', 'fig10'] as const;

/** A table or figure of the paper. */
export type PaperSuite = (typeof PAPER_SUITES)[number];

/** What is reproduced, and with how much. */
export interface ReproduceOptions extends StartOptions {
  readonly suites: readonly PaperSuite[];
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  /** How Figure 10 puts points into the plane. */
  readonly embedding: Embedding;
}

/** The seed whose runs Figure 10 shows. */
export const FIGURE_SEED = 0;

/**
 * A suite's work in stages: policies and plain starts, starts by policies and what begins from plain ones, the rest,
 * features.
 */
export function stagesOf(options: ReproduceOptions): Task[][] {
  const seeds = Array.from(
    { length: options.suites.includes('table4') ? options.seeds : 1 },
    (_, seed) => seed,
  );
  const rows = options.suites.includes('table4') ? TABLE4 : FIG10;
  const adapted = (start: Row['start']): Task[] =>
    seeds.flatMap((seed) =>
      rows
        .filter((row) => row.start === start && row.method !== 'none')
        .map((row) => adaptTask(options, row, seed)),
    );
  return [
    [
      ...seeds.map((seed) => policyTaskOf(options, seed)),
      ...seeds.map((seed) => startTask(options, 'source', seed)),
    ],
    [...seeds.map((seed) => startTask(options, 'asg', seed)), ...adapted('source')],
    adapted('asg'),
    options.suites.includes('fig10') ? FIG10.map((row) => featuresTask(options, row, FIGURE_SEED)) : [],
  ];
}

/** The rows with the runs that are finished. */
export function rowsWithRuns(options: ReproduceOptions): RowRuns[] {
  const rows = options.suites.includes('table4') ? TABLE4 : FIG10;
  return finishedRuns(rows, options.seeds, (row, seed) => rowFolder(options, row, seed));
}
