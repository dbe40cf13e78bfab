import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startGta5Cityscapes } from '@syn2real/app-gta5-cityscapes';
import { startVisda17 } from '@syn2real/app-visda17';
import {
  createDisplay,
  type Failure,
  processesOf,
  runTasks,
  type StartChild,
  type SuiteIo,
  type Task,
} from '@syn2real/cli';
import { ExitCode } from '@syn2real/trainer';
import type { Row } from './rows.js';

/** A row with the folders of its finished runs. */
export interface RowRuns {
  readonly row: Row<string>;
  readonly runs: readonly { readonly seed: number; readonly dir: string }[];
}

/** Another program, by which the arguments of its tasks begin. */
const PROGRAMS: Readonly<Record<string, StartChild>> = {
  visda17: startVisda17,
  'gta5-cityscapes': startGta5Cityscapes,
};

/** A program whose tasks can stand among this one's. */
export type OtherProgram = 'visda17' | 'gta5-cityscapes';

/** Puts a task of another program among this one's own. */
export const taskOf = (program: OtherProgram, task: Task): Task => ({
  ...task,
  args: () => [program, ...task.args()],
});

const startOwn = processesOf({ from: import.meta.url, source: '../cli.ts', built: './cli.js' });

/** Starts commands of this program, and of another where they begin with its name. */
export const startAny: StartChild = (args, options) => {
  const other = PROGRAMS[args[0] ?? ''];
  return other === undefined ? startOwn(args, options) : other(args.slice(1), options);
};

/** A suite's work in stages, each of which needs those before it. */
export interface StagedWork {
  readonly out: string;
  /** Processes at a time. */
  readonly jobs: number;
  readonly stages: readonly (readonly Task[])[];
}

/**
 * Runs the stages; every trial is a run folder of its own, finished ones are used as they are, stopped ones go on.
 *
 * @returns what failed
 * @throws ExitCode where the user stopped it
 */
export async function runStages(
  { out, jobs, stages }: StagedWork,
  { start, stream, stop }: SuiteIo,
): Promise<Failure[]> {
  const display = createDisplay(stream, { total: stages.flat().length, jobs });
  const failures: Failure[] = [];
  try {
    for (const tasks of stages) {
      const threads = Math.max(1, Math.floor(availableParallelism() / jobs));
      const logs = join(out, 'logs');
      failures.push(...(await runTasks(tasks, { logs, jobs, threads, start, display, stop })));
      if (stop.exitCode !== undefined) {
        display.log('stopped; the same command goes on from here');
        throw new ExitCode(stop.exitCode);
      }
    }
  } finally {
    display.close();
  }
  return failures;
}

/** The rows with the runs that are finished. */
export function finishedRuns<R extends Row<string>>(
  rows: readonly R[],
  seeds: number,
  folderOf: (row: R, seed: number) => string,
): RowRuns[] {
  return rows.map((row) => ({
    row,
    runs: Array.from({ length: seeds }, (_, seed) => ({ seed, dir: folderOf(row, seed) })).filter(({ dir }) =>
      existsSync(join(dir, 'summary.json')),
    ),
  }));
}
