import type { Benchmark, Given } from './benchmark.js';
import type { Row } from './rows.js';
import type { SuiteRows } from './suites.js';
import { type Trial, trialOf } from './trial.js';

/** A row with its trials, one a seed. */
export interface PlannedRow {
  readonly row: Row;
  readonly chosen?: number;
  readonly trials: readonly Trial[];
}

/** What earlier stages decided. */
export interface Decided {
  /** λ of the swept rows, by id; a row that is missing has no trials. */
  readonly lambdas: ReadonlyMap<string, number>;
  /** File of the policy that was trained with a seed. */
  readonly policyOf: (seed: number) => string;
}

/** The rows of all suites, each once. */
export function distinctRows(suites: readonly SuiteRows[]): Row[] {
  return [...new Map(suites.flatMap(({ rows }) => rows).map((row) => [row.id, row])).values()];
}

/** Whether a row waits for a sweep or a policy. */
export const isLater = ({ sweep, policy }: Row): boolean => sweep !== undefined || policy === true;

/** A row's trials over the seeds 0 … seeds − 1. */
export function planRow(benchmark: Benchmark, row: Row, seeds: number, decided: Decided): PlannedRow {
  const chosen = decided.lambdas.get(row.id);
  if (row.sweep !== undefined && chosen === undefined) return { row, trials: [] };
  const trials = Array.from({ length: seeds }, (_, seed) => {
    const given: Given = {
      ...row.given,
      ...(chosen === undefined ? {} : { lambda: chosen }),
      ...(row.policy ? { policy: decided.policyOf(seed) } : {}),
    };
    return trialOf(benchmark, { label: row.label, given, seed });
  });
  return { row, ...(chosen === undefined ? {} : { chosen }), trials };
}

/** The trials of some rows, seed by seed, so that a suite that is stopped has whole rows of fewer seeds. */
export function bySeed(planned: readonly PlannedRow[]): Trial[] {
  return planned.flatMap(({ trials }) => trials).sort((a, b) => a.recipe.seed - b.recipe.seed);
}
