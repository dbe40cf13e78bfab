import type { Task } from '../tasks/task.js';
import { isLater, type SuiteRow } from './row.js';
import { bySeed, distinct, type SuiteTrial } from './trial.js';

/** A policy that rows wait for, trained with a seed. */
export interface SuitePolicy {
  readonly seed: number;
  readonly task: Task;
  /** The trained policy. */
  readonly file: string;
}

/** The trials of some rows, and how they are run. */
export interface SuitePlan<Row extends SuiteRow, Trial extends SuiteTrial> {
  /** Folder of runs, logs, tables and report. */
  readonly out: string;
  /** Each once; see `distinctRows`. */
  readonly rows: readonly Row[];
  /** Trials of each row, with seeds from 0 on. */
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  /** Those that rows with `policy` wait for, one a seed. */
  readonly policies: readonly SuitePolicy[];
  /**
   * The trial of a row at a seed.
   *
   * @param at.lambda what the row's sweep chose
   * @param at.policy the file of the policy trained with the seed
   */
  trialOf(row: Row, at: { seed: number; lambda?: number; policy?: string }): Trial;
  /**
   * The trial of a value of a row's sweep: with a seed that is not reported (`SWEEP_SEED`), measured on held-out source
   * images and the old task, never on the target.
   */
  sweepTrialOf(row: Row, lambda: number): Trial;
  /** The trial as a command. */
  task(trial: Trial): Task;
}

/** A row with its trials, one a seed. */
export interface PlannedRow<Row extends SuiteRow, Trial extends SuiteTrial> {
  readonly row: Row;
  /** λ that its sweep chose. */
  readonly chosen?: number;
  readonly trials: readonly Trial[];
}

/** What earlier stages decided. */
export interface Decided {
  /** λ of the swept rows, by id; a row that is missing has no trials. */
  readonly lambdas: ReadonlyMap<string, number>;
  /** Files of the trained policies by seed; without one a row with `policy` has no trial of the seed. */
  readonly policies: ReadonlyMap<number, string>;
}

/** A row's trials over the seeds 0 … seeds − 1. */
export function planRow<Row extends SuiteRow, Trial extends SuiteTrial>(
  { seeds, trialOf }: Pick<SuitePlan<Row, Trial>, 'seeds' | 'trialOf'>,
  row: Row,
  { lambdas, policies }: Decided,
): PlannedRow<Row, Trial> {
  const chosen = lambdas.get(row.id);
  if (row.sweep !== undefined && chosen === undefined) return { row, trials: [] };
  const trials = Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) => {
    const policy = row.policy ? policies.get(seed) : undefined;
    if (row.policy && policy === undefined) return [];
    return trialOf(row, {
      seed,
      ...(chosen === undefined ? {} : { lambda: chosen }),
      ...(policy === undefined ? {} : { policy }),
    });
  });
  return { row, ...(chosen === undefined ? {} : { chosen }), trials };
}

/** A suite's work in two stages: what can begin at once, and what waits for sweeps and policies. */
export interface Stages<Row extends SuiteRow, Trial extends SuiteTrial> {
  readonly sweeps: readonly { row: Row; trials: readonly { lambda: number; trial: Trial }[] }[];
  readonly first: readonly PlannedRow<Row, Trial>[];
  /** Trials of the first stage, in their order: sweeps, then seed by seed. */
  readonly firstTrials: readonly Trial[];
  /** Number of trials that come later. */
  readonly laterCount: number;
  later(decided: Decided): PlannedRow<Row, Trial>[];
}

/** Puts a suite's trials in order. */
export function stagesOf<Row extends SuiteRow, Trial extends SuiteTrial>(
  plan: SuitePlan<Row, Trial>,
): Stages<Row, Trial> {
  const later = plan.rows.filter(isLater);
  const sweeps = later
    .filter(({ sweep }) => sweep !== undefined)
    .map((row) => ({
      row,
      trials: row.sweep!.map((lambda) => ({ lambda, trial: plan.sweepTrialOf(row, lambda) })),
    }));
  const nothing: Decided = { lambdas: new Map(), policies: new Map() };
  const first = plan.rows.filter((row) => !isLater(row)).map((row) => planRow(plan, row, nothing));
  return {
    sweeps,
    first,
    firstTrials: [
      ...sweeps.flatMap(({ trials }) => trials.map(({ trial }) => trial)),
      ...distinct(bySeed(first)),
    ],
    laterCount: later.length * plan.seeds,
    later: (decided) => later.map((row) => planRow(plan, row, decided)),
  };
}

/** The trials of a suite, a line each with whether it is done; those that wait for a sweep or a policy are counted. */
export function listTrials<Row extends SuiteRow, Trial extends SuiteTrial>(
  plan: SuitePlan<Row, Trial>,
): string {
  const { firstTrials, laterCount } = stagesOf(plan);
  const tasks = [...plan.policies.map(({ task }) => task), ...firstTrials.map(plan.task)];
  const lines = tasks.map((task) => `${task.done() ? 'done' : 'to do'}\t${task.name}\t${task.label}`);
  if (laterCount > 0) lines.push(`${laterCount} more after the sweeps and policies`);
  return lines.map((line) => `${line}\n`).join('');
}
