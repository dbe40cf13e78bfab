import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { StartChild } from '@syn2real/cli';
import {
  checkFolder,
  createDisplay,
  type Display,
  ExitCode,
  type Failure,
  runTasks,
  type Task,
} from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import type { Interruption, ProgressStream } from '@syn2real/trainer';
import type { ReproduceOptions } from './finished.js';
import { bySeed, type Decided, distinctRows, isLater, type PlannedRow, planRow } from './plan.js';
import { type PolicyTrial, policyFile, policyTask, policyTrials } from './policies.js';
import { readResults } from './results.js';
import { needsPolicies } from './suites.js';
import { chooseLambda, readSweep, sweepTrials } from './sweep.js';
import type { SweepResult } from './sweep-table.js';
import { trainTask } from './task.js';
import { distinct, runFolder, type Trial } from './trial.js';
import { writeResults } from './write-results.js';

/** What it does its work with. */
export interface ReproduceIo {
  readonly start: StartChild;
  readonly stream: ProgressStream;
  readonly stop: Interruption;
}

/** A suite's work in two stages: what can begin at once, and what waits for sweeps and policies. */
export interface Stages {
  readonly sweeps: readonly { row: SweepResult['row']; trials: ReturnType<typeof sweepTrials> }[];
  readonly policies: readonly PolicyTrial[];
  readonly first: readonly PlannedRow[];
  /** Number of trials that come later. */
  readonly laterCount: number;
  later(decided: Decided): PlannedRow[];
}

/** Puts a suite's trials in order. */
export function stagesOf({ benchmark, suites, seeds, policyEpochs }: ReproduceOptions): Stages {
  const rows = distinctRows(suites);
  const undecided: Decided = { lambdas: new Map(), policyOf: () => '' };
  const later = rows.filter(isLater);
  return {
    sweeps: later
      .filter(({ sweep }) => sweep !== undefined)
      .map((row) => ({ row, trials: sweepTrials(benchmark, row) })),
    policies: needsPolicies(suites) ? policyTrials(benchmark, { seeds, epochs: policyEpochs }) : [],
    first: rows.filter((row) => !isLater(row)).map((row) => planRow(benchmark, row, seeds, undecided)),
    laterCount: later.length * seeds,
    later: (decided) => later.map((row) => planRow(benchmark, row, seeds, decided)),
  };
}

/**
 * Runs a suite and writes its tables, figures and report: sweeps, policies and what needs neither first, then the rest.
 *
 * Every trial is a run folder of its own; finished ones are used as they are, stopped ones go on where they were.
 *
 * @throws UserError where trials failed, after all others have run and the report is written
 */
export async function reproduce(
  options: ReproduceOptions,
  { start, stream, stop }: ReproduceIo,
): Promise<void> {
  const { out, jobs } = options;
  const stages = stagesOf(options);
  const sweepRuns = stages.sweeps.flatMap(({ trials }) => trials.map(({ trial }) => trial));
  const firstTrials = distinct(bySeed(stages.first));
  for (const trial of [...sweepRuns, ...firstTrials]) checkFolder(runFolder(out, trial), trial.recipe);
  const firstTasks = [
    ...stages.policies.map((policy) => policyTask(out, policy)),
    ...[...sweepRuns, ...firstTrials].map((trial) => trainTask(out, trial)),
  ];
  const display = createDisplay(stream, { total: firstTasks.length + stages.laterCount, jobs });
  const run = (tasks: readonly Task[]): Promise<Failure[]> =>
    runTasks(tasks, {
      logs: join(out, 'logs'),
      jobs,
      threads: Math.max(1, Math.floor(availableParallelism() / jobs)),
      start,
      display,
      stop,
    });
  try {
    const failures = await run(firstTasks);
    leaveIfStopped(stop, display);
    const sweeps = stages.sweeps.map(({ row, trials }): SweepResult => {
      const readings = trials.flatMap((tried) => readSweep(out, tried) ?? []);
      return { row, readings, chosen: chooseLambda(readings) };
    });
    const trained = stages.policies.filter((policy) => policyTask(out, policy).done());
    const later = stages.later({
      lambdas: new Map(sweeps.flatMap(({ row, chosen }) => (chosen ? [[row.id, chosen.lambda]] : []))),
      policyOf: (seed) => policyFile(out, stages.policies.find((policy) => policy.seed === seed)!),
    });
    const seedsWithPolicy = new Set(trained.map(({ seed }) => seed));
    const possible = (row: PlannedRow): PlannedRow =>
      row.row.policy
        ? { ...row, trials: row.trials.filter(({ recipe }) => seedsWithPolicy.has(recipe.seed)) }
        : row;
    const laterTrials: Trial[] = distinct(bySeed(later.map(possible)));
    for (const trial of laterTrials) checkFolder(runFolder(out, trial), trial.recipe);
    failures.push(...(await run(laterTrials.map((trial) => trainTask(out, trial)))));
    leaveIfStopped(stop, display);
    display.close();
    await writeResults({
      ...options,
      results: readResults(out, [...stages.first, ...later]),
      sweeps,
      policies: trained,
    });
    complain(failures);
  } finally {
    display.close();
  }
}

function leaveIfStopped({ exitCode }: Interruption, display: Display): void {
  if (exitCode === undefined) return;
  display.log('stopped; the same command goes on from here');
  throw new ExitCode(exitCode);
}

function complain(failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  throw new UserError({
    what: `${failures.length === 1 ? 'a trial' : `${failures.length} trials`} failed; the tables leave them out`,
    got: failures
      .map(({ task, exitCode, log }) => `${task.label}: exit ${exitCode}, see ${log}`)
      .join('\n            '),
    fix: 'read the end of its log; the same command tries failed trials again and leaves the others as they are',
  });
}
