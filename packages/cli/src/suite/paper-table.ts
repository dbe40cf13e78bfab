import {
  type Cell,
  csv,
  methodTable,
  type PairedDifference,
  pairedBySeed,
  pairedDifference,
  type Statistic,
  type TextTable,
} from '@syn2real/report';
import type { RowResult } from './results.js';
import type { SuiteRow } from './row.js';

/** A row of the comparison with the paper; accuracies are fractions, the paper's numbers percent. */
export interface PaperRow extends RowResult {
  readonly selection: string;
  readonly target?: Statistic;
  readonly retention?: Statistic;
  readonly source?: Statistic;
  readonly oracle?: Statistic;
  readonly seconds?: Statistic;
  /** Paired over the seeds, against the row that {@link RowResult.row} names. */
  readonly gain?: PairedDifference;
}

/** The rows that have runs, with their statistics. */
export function paperRows(results: readonly RowResult[]): PaperRow[] {
  return results.flatMap((result) => {
    const [over] = methodTable(result.runs).rows;
    if (over === undefined) return [];
    const base = results.find(({ row }) => row.id === result.row.over);
    const { selection, target, retention, source, oracle, seconds } = over;
    const gain = base && pairedDifference(pairedBySeed(result.runs, base.runs, 'target'));
    return [{ ...result, selection, target, retention, source, oracle, seconds, gain }];
  });
}

/** What the columns of a table are called. */
export interface TableWords {
  /** What the target's number is: `mean of classes`, `mean IoU`. */
  readonly target: string;
  /** Where the paper's number on the target is from. */
  readonly paper: string;
  /** What the paper's number of the old task is from. */
  readonly paperRetention?: string;
}

/** The rows beside the paper's numbers, to be laid out; columns that no row fills are left out. */
export function paperTable(rows: readonly PaperRow[], words: TableWords): TextTable {
  const right = 'right' as const;
  const swept = rows.some(({ chosen }) => chosen !== undefined);
  const has = (key: 'retention' | 'source') => rows.some((row) => row[key] !== undefined);
  const retained = rows.some(({ row }) => row.paper?.retention !== undefined);
  const gained = rows.some(({ gain }) => gain !== undefined);
  const selections = [...new Set(rows.map(({ selection }) => selection))];
  const best = (key: 'target' | 'retention') => Math.max(...rows.map((row) => row[key]?.mean ?? -1));
  const bests = { target: best('target'), retention: best('retention') };
  const measured = (row: PaperRow, key: 'target' | 'retention'): Cell => ({
    text: percent(row[key]),
    strong: rows.length > 1 && row[key]?.mean === bests[key],
  });
  const column = (title: string, detail?: string, apart = false) => ({ title, detail, align: right, apart });
  return {
    columns: [
      { title: 'Method' },
      ...(swept ? [column('λ', 'by the sweep')] : []),
      column('Target %', `${words.target}, ${selections.join(' / ')}`),
      column('Paper', words.paper),
      ...(gained ? [column('Gain', 'points, paired, 95 %'), column('Paper', 'gain')] : []),
      ...(has('retention') ? [column('Retention %', 'old task')] : []),
      ...(retained ? [column('Paper', words.paperRetention)] : []),
      ...(has('source') ? [column('Source %', 'held out')] : []),
      column('Oracle best %', 'by target labels', true),
      column('Seeds', undefined, true),
    ],
    rows: rows.map((row) => [
      { text: row.row.label },
      ...(swept ? [{ text: row.chosen === undefined ? '' : String(row.chosen) }] : []),
      measured(row, 'target'),
      { text: printed(row.row.paper?.target) },
      ...(gained ? [{ text: points(row.gain) }, { text: signed(row.row.paper?.gain) }] : []),
      ...(has('retention') ? [measured(row, 'retention')] : []),
      ...(retained ? [{ text: printed(row.row.paper?.retention) }] : []),
      ...(has('source') ? [{ text: percent(row.source) }] : []),
      { text: percent(row.oracle) },
      { text: String(row.runs.length) },
    ]),
  };
}

/** λ of a row that needs no sweep. */
function lambdaOf({ given }: SuiteRow): number | undefined {
  return 'lambda' in given && typeof given.lambda === 'number' ? given.lambda : undefined;
}

/** The same as CSV: fractions unrounded, the paper's numbers in percent as printed. */
export function paperCsv(rows: readonly PaperRow[]): string {
  const quantities = ['target', 'retention', 'source', 'oracle', 'seconds'] as const;
  return csv([
    [
      'method',
      'lambda',
      'seeds',
      'selection',
      ...quantities.flatMap((q) => [
        `${q === 'oracle' ? 'oracle_best' : q}_mean`,
        `${q === 'oracle' ? 'oracle_best' : q}_std`,
      ]),
      'gain_over',
      'gain_mean',
      'gain_half_95',
      'paper_target_percent',
      'paper_retention_percent',
      'paper_gain_points',
    ],
    ...rows.map((row) => [
      row.row.label,
      row.chosen ?? lambdaOf(row.row),
      row.runs.map(({ seed }) => seed).join(' '),
      row.selection,
      ...quantities.flatMap((q) => [row[q]?.mean, row[q]?.std]),
      row.gain === undefined ? '' : row.row.over,
      row.gain?.mean,
      row.gain?.half,
      row.row.paper?.target,
      row.row.paper?.retention,
      row.row.paper?.gain,
    ]),
  ]);
}

/** Each pair of rows, the first minus the second by seed. */
export function pairsTable(pairs: readonly (readonly [RowResult, RowResult])[]): TextTable {
  const rows = pairs.map(([a, b]) => {
    const of = (metric: 'target' | 'retention') => pairedDifference(pairedBySeed(a.runs, b.runs, metric));
    return { label: `${a.row.label} − ${b.row.label}`, target: of('target'), retention: of('retention') };
  });
  const retained = rows.some(({ retention }) => retention !== undefined);
  return {
    columns: [
      { title: 'Paired by seed' },
      { title: 'Target', detail: 'points, 95 %', align: 'right' },
      ...(retained ? [{ title: 'Retention', detail: 'points, 95 %', align: 'right' as const }] : []),
      { title: 'Seeds', align: 'right' },
    ],
    rows: rows.map(({ label, target, retention }) => [
      { text: label },
      { text: points(target), strong: settled(target) },
      ...(retained ? [{ text: points(retention), strong: settled(retention) }] : []),
      { text: String(target?.n ?? 0) },
    ]),
  };
}

/** Whether an interval leaves 0 out. */
function settled(difference: PairedDifference | undefined): boolean {
  return difference?.half !== undefined && Math.abs(difference.mean) > difference.half;
}

const percent = (value: Statistic | undefined): string => {
  if (value === undefined) return '—';
  const mean = (value.mean * 100).toFixed(1);
  return value.std === undefined ? mean : `${mean} ± ${(value.std * 100).toFixed(1)}`;
};

const points = (difference: PairedDifference | undefined): string => {
  if (difference === undefined) return '';
  const mean = signed(difference.mean * 100);
  return difference.half === undefined ? mean : `${mean} ± ${(difference.half * 100).toFixed(1)}`;
};

const printed = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1));
const signed = (value: number | undefined): string =>
  value === undefined ? '' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
