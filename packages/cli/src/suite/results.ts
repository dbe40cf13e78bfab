import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunRecord, readRuns } from '@syn2real/report';
import type { PlannedRow } from './plan.js';
import type { SuiteRow } from './row.js';
import { runFolder, type SuiteTrial } from './trial.js';

/** A row with its finished runs. */
export interface RowResult<Row extends SuiteRow = SuiteRow> {
  readonly row: Row;
  /** λ that was chosen for it by its sweep. */
  readonly chosen?: number;
  /** Under the row's label, one a seed. */
  readonly runs: readonly RunRecord[];
  /** Seeds that have no result. */
  readonly missing: readonly number[];
}

/** Reads the finished trials of each row, under the row's own label: a run that tables share is named by each. */
export function readResults<Row extends SuiteRow, Trial extends SuiteTrial>(
  out: string,
  planned: readonly PlannedRow<Row, Trial>[],
  seeds: number,
): RowResult<Row>[] {
  return planned.map(({ row, chosen, trials }) => {
    const finished = (trial: Trial): boolean => existsSync(join(runFolder(out, trial), 'summary.json'));
    const done = trials.filter(finished);
    return {
      row,
      chosen,
      runs: done
        .flatMap((trial) => readRuns([runFolder(out, trial)]))
        .map((run) => ({ ...run, label: row.label })),
      missing: Array.from({ length: seeds }, (_, seed) => seed).filter(
        (seed) => !done.some(({ recipe }) => recipe.seed === seed),
      ),
    };
  });
}
