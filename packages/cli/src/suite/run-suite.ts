import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { DIVERGED, ExitCode, type Interruption, type ProgressStream } from '@syn2real/trainer';
import { checkFolder } from '../tasks/check-folder.js';
import type { StartChild } from '../tasks/child.js';
import { createDisplay, type Display } from '../tasks/display.js';
import { type Failure, runTasks } from '../tasks/run-tasks.js';
import type { Task } from '../tasks/task.js';
import { type SuiteCost, suiteCost, timeSuite } from './cost.js';
import { type SuitePlan, type SuitePolicy, stagesOf } from './plan.js';
import { type RowResult, readResults } from './results.js';
import type { SuiteRow } from './row.js';
import { chooseLambda, readSweep } from './sweep.js';
import type { SweepResult } from './sweep-table.js';
import { bySeed, distinct, runFolder, type SuiteTrial } from './trial.js';

/** What a suite does its work with. */
export interface SuiteIo {
  readonly start: StartChild;
  readonly stream: ProgressStream;
  readonly stop: Interruption;
  /** Milliseconds on any clock. Default Date.now. */
  readonly now?: () => number;
}

/** What has become of a suite. */
export interface SuiteResult<Row extends SuiteRow = SuiteRow> {
  readonly results: readonly RowResult<Row>[];
  readonly sweeps: readonly SweepResult<Row>[];
  /** Those that were trained. */
  readonly policies: readonly SuitePolicy[];
  readonly failures: readonly Failure[];
  readonly cost: SuiteCost;
}

/**
 * Runs a suite: sweeps, policies and what needs neither first, then the rest.
 *
 * Every trial is a run folder of its own; finished ones are used as they are, stopped ones go on where they were. A trial
 * that fails does not hold up the others: see {@link complain}. A value of a sweep whose training diverges is no failure, as
 * long as another value of that sweep does not.
 *
 * @throws ExitCode where the user has asked to stop
 * @throws UserError where a folder holds a run with other settings
 * @example
 * ```ts
 * const ran = await runSuite(plan, { start: processesOf(program), stream: process.stderr, stop });
 * await writeSuite({ ...ran, out, title, intro, words, tables });
 * complain(ran.failures);
 * ```
 */
export async function runSuite<Row extends SuiteRow, Trial extends SuiteTrial>(
  plan: SuitePlan<Row, Trial>,
  { start, stream, stop, now = Date.now }: SuiteIo,
): Promise<SuiteResult<Row>> {
  const clock = { logs: join(plan.out, 'logs'), name: 'suite', now };
  const { tasks, ...result } = await timeSuite(clock, () => runStages(plan, { start, stream, stop }));
  return { ...result, cost: suiteCost(clock, tasks) };
}

async function runStages<Row extends SuiteRow, Trial extends SuiteTrial>(
  plan: SuitePlan<Row, Trial>,
  { start, stream, stop }: SuiteIo,
): Promise<Omit<SuiteResult<Row>, 'cost'> & { readonly tasks: readonly Task[] }> {
  const { out, jobs, policies } = plan;
  const stages = stagesOf(plan);
  const check = (trials: readonly Trial[]): void => {
    for (const trial of trials) checkFolder(runFolder(out, trial), trial.recipe);
  };
  check(stages.firstTrials);
  const firstTasks = [...policies.map(({ task }) => task), ...stages.firstTrials.map(plan.task)];
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
    const failed = await run(firstTasks);
    leaveIfStopped(stop, display);
    const sweeps = stages.sweeps.map(({ row, trials }): SweepResult<Row> => {
      const readings = trials.flatMap((tried) => readSweep(out, tried) ?? []);
      const diverged = trials.filter(({ trial }) => hasDiverged(failed, trial)).map(({ lambda }) => lambda);
      return { row, readings, diverged, chosen: chooseLambda(readings) };
    });
    const lost = stages.sweeps.flatMap(({ trials }, at) => (sweeps[at]?.chosen ? trials : []));
    const failures = failed.filter((failure) => !lost.some(({ trial }) => hasDiverged([failure], trial)));
    const trained = policies.filter(({ task }) => task.done());
    const later = stages.later({
      lambdas: new Map(sweeps.flatMap(({ row, chosen }) => (chosen ? [[row.id, chosen.lambda]] : []))),
      policies: new Map(trained.map(({ seed, file }) => [seed, file])),
    });
    const laterTrials = distinct(bySeed(later));
    check(laterTrials);
    const laterTasks = laterTrials.map(plan.task);
    failures.push(...(await run(laterTasks)));
    leaveIfStopped(stop, display);
    return {
      results: readResults(out, [...stages.first, ...later], plan.seeds),
      sweeps,
      policies: trained,
      failures,
      tasks: [...firstTasks, ...laterTasks],
    };
  } finally {
    display.close();
  }
}

/** @throws UserError where trials failed; for the end, when all others have run and the report is written */
export function complain(failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  throw new UserError({
    what: `${failures.length === 1 ? 'a trial' : `${failures.length} trials`} failed; the tables leave them out`,
    got: failures
      .map(({ task, exitCode, log }) => `${task.label}: exit ${exitCode}, see ${log}`)
      .join('\n            '),
    fix: 'read the end of its log; the same command tries failed trials again and leaves the others as they are',
  });
}

function hasDiverged(failures: readonly Failure[], { name }: SuiteTrial): boolean {
  return failures.some(({ task, exitCode }) => task.name === name && exitCode === DIVERGED);
}

function leaveIfStopped({ exitCode }: Interruption, display: Display): void {
  if (exitCode === undefined) return;
  display.log('stopped; the same command goes on from here');
  throw new ExitCode(exitCode);
}
