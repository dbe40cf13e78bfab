import { html, type SafeHtml } from './html.js';
import type { MethodRow, MethodTable } from './method-table.js';
import type { Statistic } from './statistic.js';
import {
  alignedTable,
  type Cell,
  type Column,
  csv,
  htmlTable,
  markdownTable,
  type TextTable,
} from './text-table.js';

type Quantity = 'target' | 'retention' | 'source' | 'oracle';

/**
 * The table for a terminal: aligned by spaces, without escape codes, notes below.
 *
 * @example
 * ```ts
 * process.stdout.write(methodTableText(methodTable(runs)));
 * ```
 */
export function methodTableText(table: MethodTable): string {
  const brief: Record<Quantity, string> = {
    target: table.selection ?? 'see selection',
    retention: 'old task',
    source: 'held out',
    oracle: 'by target labels',
  };
  const notes = table.notes.map((note) => `${note}\n`).join('');
  return `${alignedTable(textTable(table, brief))}${notes && `\n${notes}`}`;
}

/**
 * The table in Markdown, notes below. Bold: the highest mean of a column of accuracies (not of the oracle's).
 *
 * @example
 * ```ts
 * await writeFile('results.md', methodTableMarkdown(methodTable(runs)));
 * ```
 */
export function methodTableMarkdown(table: MethodTable): string {
  const notes = table.notes.map((note) => `\n${note}\n`).join('');
  return markdownTable(textTable(table, details(table))) + notes;
}

/**
 * The table in HTML, with each method's colour in the figures.
 *
 * @example
 * ```ts
 * methodTableHtml(methodTable(runs)).markup;
 * ```
 */
export function methodTableHtml(table: MethodTable): SafeHtml {
  const seeds = table.rows.some((row) => row.n > 1) ? 'Mean ± sample standard deviation over seeds. ' : '';
  const note = html`${seeds}Bold: highest mean of the column. The oracle’s column reads the target’s labels to pick the epoch: a bound, not a result.${table.notes.map((text) => html`<br>${text}`)}`;
  return htmlTable(textTable(table, details(table), true), 'Results by method', note);
}

/**
 * The table in CSV (RFC 4180): one line a method, unrounded fractions, mean, std and n of each quantity.
 *
 * @example
 * ```ts
 * await writeFile('results.csv', methodTableCsv(methodTable(runs)));
 * ```
 */
export function methodTableCsv(table: MethodTable): string {
  const quantities = ['target', 'retention', 'source', 'oracle', 'seconds'] as const;
  const names = {
    target: 'target',
    retention: 'retention',
    source: 'source',
    oracle: 'oracle_best',
    seconds: 'seconds',
  };
  const head = quantities.flatMap((q) => ['mean', 'std', 'n'].map((part) => `${names[q]}_${part}`));
  return csv([
    ['method', 'runs', 'seeds', 'selection', ...head],
    ...table.rows.map((row) => [
      row.label,
      row.n,
      row.seeds.join(' '),
      row.selection,
      ...quantities.flatMap((q) => [row[q]?.mean, row[q]?.std, row[q]?.n ?? 0]),
    ]),
  ]);
}

/** What the table's accuracies are. */
export const measureOf = ({ task }: MethodTable): string =>
  task === 'segmentation' ? 'mean IoU' : 'mean-class accuracy';

const details = (table: MethodTable): Record<Quantity, string> => ({
  target: `${measureOf(table)}, ${table.selection ?? 'selection in the last column'}`,
  retention: 'accuracy on the old task',
  source: `${measureOf(table)}, held out`,
  oracle: 'epoch picked by target labels',
});

function textTable(table: MethodTable, detail: Record<Quantity, string>, keys = false): TextTable {
  const right = 'right' as const;
  const columns: Column[] = [
    { title: 'Method' },
    { title: 'Target %', detail: detail.target, align: right },
    { title: 'Retention %', detail: detail.retention, align: right },
    { title: 'Source %', detail: detail.source, align: right },
    { title: 'Oracle best %', detail: detail.oracle, align: right, apart: true },
    { title: 'Seeds', align: right, apart: true },
    { title: 'Seconds', detail: 'per run', align: right, apart: true },
    ...(table.selection === undefined ? [{ title: 'Selection' }] : []),
  ];
  const best = (key: 'target' | 'retention') => bestMean(table.rows, key);
  const bests = { target: best('target'), retention: best('retention') };
  const percentCell = (row: MethodRow, key: Quantity): Cell => ({
    text: percent(row[key]),
    strong:
      (key === 'target' || key === 'retention') && row[key] !== undefined && row[key].mean === bests[key],
  });
  return {
    columns,
    rows: table.rows.map((row) => [
      { text: row.label, before: keys ? seriesKey(row.series) : undefined },
      percentCell(row, 'target'),
      percentCell(row, 'retention'),
      percentCell(row, 'source'),
      percentCell(row, 'oracle'),
      { text: String(row.n) },
      { text: number(row.seconds, 1, row.seconds !== undefined && row.seconds.mean < 10 ? 1 : 0) },
      ...(table.selection === undefined ? [{ text: row.selection }] : []),
    ]),
  };
}

function bestMean(rows: readonly MethodRow[], key: 'target' | 'retention'): number | undefined {
  if (rows.length < 2) return undefined;
  const means = rows.flatMap((row) => row[key]?.mean ?? []);
  return means.length === 0 ? undefined : Math.max(...means);
}

const seriesKey = (series: number): SafeHtml => html`<span class="key series-${series % 6}"></span>`;

/** A statistic of fractions in percent, one decimal: "61.9 ± 0.4", "—" where there is none. */
export const percent = (value: Statistic | undefined): string => number(value, 100, 1);

function number(value: Statistic | undefined, scale: number, digits: number): string {
  if (value === undefined) return '—';
  const mean = (value.mean * scale).toFixed(digits);
  return value.std === undefined ? mean : `${mean} ± ${(value.std * scale).toFixed(digits)}`;
}
