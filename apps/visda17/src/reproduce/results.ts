import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunRecord, readRuns } from '@syn2real/report';
import type { Row } from './rows.js';
import { runFolder, type Trial } from './trial.js';

/** A row with its finished runs. */
export interface RowResult {
  readonly row: Row;
  /** λ that was chosen for it by its sweep. */
  readonly chosen?: number;
  /** Under the row's label, one a seed. */
  readonly runs: readonly RunRecord[];
  /** Trials that have no result. */
  readonly missing: readonly Trial[];
}

/** Reads the finished trials of each row, under the row's own label: a run that tables share is named by each. */
export function readResults(
  out: string,
  planned: readonly { row: Row; chosen?: number; trials: readonly Trial[] }[],
): RowResult[] {
  return planned.map(({ row, chosen, trials }) => {
    const finished = (trial: Trial): boolean => existsSync(join(runFolder(out, trial), 'summary.json'));
    return {
      row,
      chosen,
      runs: trials
        .filter(finished)
        .flatMap((trial) => readRuns([runFolder(out, trial)]))
        .map((run) => ({ ...run, label: row.label })),
      missing: trials.filter((trial) => !finished(trial)),
    };
  });
}
