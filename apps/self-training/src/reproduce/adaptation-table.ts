import {
  type Cell,
  csv,
  type PairedDifference,
  pairedBySeed,
  pairedDifference,
  type RunRecord,
  readRuns,
  type Statistic,
  statistic,
  type TextTable,
} from '@syn2real/report';
import type { Row } from './rows.js';
import type { RowRuns } from './run-stages.js';

/** A row with its numbers; accuracies are fractions, the paper's percent. */
export interface AdaptationRow {
  readonly row: Row<string>;
  readonly runs: readonly RunRecord[];
  readonly target?: Statistic;
  readonly source?: Statistic;
  readonly oracle?: Statistic;
  readonly pseudoLabels?: Statistic;
  /** Paired by seed, against the start alone. */
  readonly gain?: PairedDifference;
}

/** The rows that have runs, with their statistics. */
export function adaptationRows(rows: readonly RowRuns[]): AdaptationRow[] {
  const read = rows.map(({ row, runs }) => ({
    row,
    runs: runs.flatMap(({ dir }) => readRuns([dir])).map((run) => ({ ...run, label: row.label })),
  }));
  return read.flatMap(({ row, runs }) => {
    if (runs.length === 0) return [];
    const alone = read.find((other) => other.row.start === row.start && other.row.method === 'none');
    const gain =
      row.method === 'none' || alone === undefined
        ? undefined
        : pairedDifference(pairedBySeed(runs, alone.runs, 'target'));
    const over = (value: (run: RunRecord) => number | undefined): Statistic | undefined =>
      statistic(runs.flatMap((run) => value(run) ?? []));
    return [
      {
        row,
        runs,
        target: over(({ final }) => final.target),
        source: over(({ final }) => final.source),
        oracle: over(({ oracle }) => oracle?.target),
        pseudoLabels: over(({ rounds }) => rounds?.at(-1)?.pseudoLabelAccuracy),
        ...(gain === undefined ? {} : { gain }),
      },
    ];
  });
}

/** What the columns of a table are called. */
export interface AdaptationWords {
  /** What the target's number is: `mean of classes`, `mean IoU`. */
  readonly target: string;
  /** Where the paper's numbers are from. Default: it has none. */
  readonly paper?: string;
}

/** The rows beside the paper's numbers, where it has any, to be laid out. */
export function adaptationTable(
  rows: readonly AdaptationRow[],
  { target, paper }: AdaptationWords,
): TextTable {
  const column = (title: string, detail?: string, apart = false) => ({
    title,
    detail,
    align: 'right' as const,
    apart,
  });
  const best = Math.max(...rows.map(({ target }) => target?.mean ?? -1));
  return {
    columns: [
      { title: 'Method' },
      column('Target %', `${target}, last round`),
      ...(paper === undefined ? [] : [column('Paper', paper)]),
      column('Gain', 'points over the start, paired, 95 %'),
      ...(paper === undefined ? [] : [column('Paper', 'gain')]),
      column('Source %', 'held out'),
      column('Labels right %', 'of the last round', true),
      column('Oracle best %', 'by target labels', true),
      column('Seeds', undefined, true),
    ],
    rows: rows.map(({ row, runs, target: reached, source, oracle, pseudoLabels, gain }) => [
      { text: row.label },
      { text: meanStd(reached), strong: rows.length > 1 && reached?.mean === best } satisfies Cell,
      ...(paper === undefined ? [] : [{ text: printed(row.paper) }]),
      { text: points(gain) },
      ...(paper === undefined ? [] : [{ text: printedGain(row, rows) }]),
      { text: meanStd(source) },
      { text: meanStd(pseudoLabels) },
      { text: meanStd(oracle) },
      { text: String(runs.length) },
    ]),
  };
}

/** The same as CSV: fractions unrounded, the paper's numbers in percent as printed. */
export function adaptationCsv(rows: readonly AdaptationRow[]): string {
  const quantities = ['target', 'source', 'pseudoLabels', 'oracle'] as const;
  return csv([
    [
      'start',
      'method',
      'seeds',
      ...quantities.flatMap((q) => [`${q}_mean`, `${q}_std`]),
      'gain_mean',
      'gain_half_95',
      'paper_target_percent',
      'paper_std_percent',
    ],
    ...rows.map((row) => [
      row.row.start,
      row.row.method,
      row.runs.map(({ seed }) => seed).join(' '),
      ...quantities.flatMap((q) => [row[q]?.mean, row[q]?.std]),
      row.gain?.mean,
      row.gain?.half,
      row.row.paper?.target,
      row.row.paper?.std,
    ]),
  ]);
}

const meanStd = (value: Statistic | undefined): string => {
  if (value === undefined) return '—';
  const mean = (value.mean * 100).toFixed(1);
  return value.std === undefined ? mean : `${mean} (${(value.std * 100).toFixed(1)})`;
};

const printed = (paper: Row['paper']): string => {
  if (paper === undefined) return '';
  return paper.std === undefined
    ? paper.target.toFixed(1)
    : `${paper.target.toFixed(1)} (${paper.std.toFixed(1)})`;
};

const printedGain = (row: Row<string>, rows: readonly AdaptationRow[]): string => {
  const alone = rows.find((other) => other.row.start === row.start && other.row.method === 'none')?.row.paper;
  if (row.method === 'none' || row.paper === undefined || alone === undefined) return '';
  return signed(row.paper.target - alone.target);
};

const points = (gain: PairedDifference | undefined): string => {
  if (gain === undefined) return '';
  const mean = signed(gain.mean * 100);
  return gain.half === undefined ? mean : `${mean} ± ${(gain.half * 100).toFixed(1)}`;
};

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
