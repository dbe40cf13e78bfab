import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startVisda17 } from '@syn2real/app-visda17';
import {
  createDisplay,
  type Failure,
  processesOf,
  runTasks,
  type StartChild,
  type Task,
} from '@syn2real/cli';
import { ExitCode, type Interruption, type ProgressStream } from '@syn2real/trainer';
import type { Embedding } from './fig10.js';
import { FIG10, type Row, TABLE4 } from './rows.js';
import {
  adaptTask,
  featuresTask,
  policyTaskOf,
  rowFolder,
  type StartOptions,
  startTask,
  VISDA17,
} from './trials.js';

/** What can be reproduced. */
export const SUITES = ['table4', 'fig10'] as const;

/** A table or figure. */
export type Suite = (typeof SUITES)[number];

/** What is reproduced, and with how much. */
export interface ReproduceOptions extends StartOptions {
  readonly suites: readonly Suite[];
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  /** How Figure 10 puts points into the plane. */
  readonly embedding: Embedding;
}

/** What it does its work with. */
export interface ReproduceIo {
  readonly start: StartChild;
  readonly stream: ProgressStream;
  readonly stop: Interruption;
}

/** A row with the folders of its finished runs. */
export interface RowRuns {
  readonly row: Row;
  readonly runs: readonly { readonly seed: number; readonly dir: string }[];
}

/** Starts commands of this program, and of visda17 where they begin with its name. */
export const startBoth: StartChild = (args, options) =>
  args[0] === VISDA17 ? startVisda17(args.slice(1), options) : startOwn(args, options);

const startOwn = processesOf({ from: import.meta.url, source: '../cli.ts', built: './cli.js' });

/** The seed whose runs Figure 10 shows. */
export const FIGURE_SEED = 0;

/**
 * A suite's work in stages, each of which needs those before it: policies and plain starts, starts by policies and what
 * begins from plain ones, the rest, features.
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

/**
 * Runs the stages; every trial is a run folder of its own, finished ones are used as they are, stopped ones go on.
 *
 * @returns the finished runs of each row, and what failed
 * @throws ExitCode where the user stopped it
 */
export async function runStages(
  options: ReproduceOptions,
  { start, stream, stop }: ReproduceIo,
): Promise<{ rows: RowRuns[]; failures: Failure[] }> {
  const stages = stagesOf(options);
  const display = createDisplay(stream, { total: stages.flat().length, jobs: options.jobs });
  const failures: Failure[] = [];
  try {
    for (const tasks of stages) {
      const threads = Math.max(1, Math.floor(availableParallelism() / options.jobs));
      const logs = join(options.out, 'logs');
      failures.push(...(await runTasks(tasks, { logs, jobs: options.jobs, threads, start, display, stop })));
      if (stop.exitCode !== undefined) {
        display.log('stopped; the same command goes on from here');
        throw new ExitCode(stop.exitCode);
      }
    }
  } finally {
    display.close();
  }
  return { rows: rowsWithRuns(options), failures };
}

/** The rows with the runs that are finished. */
export function rowsWithRuns(options: ReproduceOptions): RowRuns[] {
  const rows = options.suites.includes('table4') ? TABLE4 : FIG10;
  return rows.map((row) => ({
    row,
    runs: Array.from({ length: options.seeds }, (_, seed) => ({
      seed,
      dir: rowFolder(options, row, seed),
    })).filter(({ dir }) => existsSync(join(dir, 'summary.json'))),
  }));
}
