import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  alignedTable,
  html,
  htmlTable,
  markdownTable,
  type ReportSection,
  type TextTable,
  writeReport,
} from '@syn2real/report';
import { costLine } from './cost.js';
import { type Drawn, writeDrawn } from './drawn.js';
import { forgettingSection } from './forgetting-section.js';
import { pairsTable, paperCsv, paperRows, paperTable, type TableWords } from './paper-table.js';
import type { RowResult } from './results.js';
import type { SuiteRow } from './row.js';
import type { SuiteResult } from './run-suite.js';
import { SWEEP_RULE, SWEEP_SEED } from './sweep.js';
import { sweepTable } from './sweep-table.js';

/** A table or figure of a suite's report. */
export interface SuiteTable<Row extends SuiteRow = SuiteRow> {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  /** Those that it shows. */
  readonly rows: readonly Row[];
  /** Pairs of rows whose differences stand in a table of their own. Default: none. */
  pairs?(results: readonly RowResult<Row>[]): (readonly [RowResult<Row>, RowResult<Row>])[];
  /** Its figures. Default: none. */
  draw?(results: readonly RowResult<Row>[]): readonly Drawn[] | Promise<readonly Drawn[]>;
}

/** A finished suite and how it is shown. */
export interface SuiteReport<Row extends SuiteRow = SuiteRow> extends Omit<SuiteResult<Row>, 'failures'> {
  readonly out: string;
  readonly title: string;
  readonly intro: string;
  readonly words: TableWords;
  readonly tables: readonly SuiteTable<Row>[];
  /** At the report's end, such as the images. Default: none. */
  readonly sections?: readonly ReportSection[];
}

/**
 * Writes a suite's tables (Markdown, CSV), figures (SVG, PNG) and report.html into its folder, and prints the tables and
 * what the suite cost.
 */
export async function writeSuite<Row extends SuiteRow>({
  out,
  title,
  intro,
  words,
  tables,
  results,
  sweeps,
  cost,
  sections: last = [],
}: SuiteReport<Row>): Promise<void> {
  await mkdir(out, { recursive: true });
  const sections: ReportSection[] = [];
  for (const table of tables) {
    const own = table.rows.flatMap((row) => results.find((result) => result.row.id === row.id) ?? []);
    const notes = notesOf(own);
    const drawn = (await table.draw?.(own)) ?? [];
    const laidOut = tablesOf(table, own, words);
    await writeDrawn(out, drawn);
    for (const { name, title, table, csv } of laidOut) {
      process.stdout.write(`\n${title}\n\n${alignedTable(table)}`);
      await writeFile(join(out, `${name}.md`), markdownOf(title, table, notes));
      if (csv !== undefined) await writeFile(join(out, `${name}.csv`), csv);
    }
    sections.push(sectionOf(table.title, laidOut, drawn, notes));
  }
  if (sweeps.length > 0) {
    const table = sweepTable(sweeps);
    await writeFile(join(out, 'sweep.md'), markdownOf('Coefficients', table, [SWEEP_NOTE]));
    sections.push({ title: 'Coefficients', body: html`<p>${SWEEP_NOTE}</p>${htmlTable(table, 'Sweep')}` });
  }
  const forgetting = forgettingSection(results);
  const spent = costLine(cost);
  if (forgetting !== undefined) sections.push(forgetting);
  sections.push(...last, { title: 'What it took', body: html`<p>${spent}</p>` });
  process.stderr.write(`\n${spent}\n`);
  const runs = results.flatMap((result) => result.runs);
  if (runs.length === 0) return;
  const page = join(out, 'report.html');
  writeReport(page, { title, intro, runs, metrics: [], sections });
  process.stderr.write(`report: ${page}\n`);
}

const SWEEP_NOTE = `Chosen: ${SWEEP_RULE}. One run a value, seed ${SWEEP_SEED}, which no table reports. The target's labels are not read in these runs.`;

interface NamedTable {
  readonly name: string;
  readonly title: string;
  readonly table: TextTable;
  readonly csv?: string;
}

function tablesOf<Row extends SuiteRow>(
  { name, title, pairs }: SuiteTable<Row>,
  results: readonly RowResult<Row>[],
  words: TableWords,
): NamedTable[] {
  const rows = paperRows(results);
  if (rows.length === 0) return [];
  const own = { name, title, table: paperTable(rows, words), csv: paperCsv(rows) };
  const paired = pairs?.(results) ?? [];
  if (paired.length === 0) return [own];
  return [own, { name: `${name}-pairs`, title: `${title}: paired differences`, table: pairsTable(paired) }];
}

function notesOf(results: readonly RowResult[]): string[] {
  const missing = results.flatMap(({ row, runs, missing: seeds }) => {
    if (runs.length === 0) return [`${row.label}: no result; it failed, or what it depends on did.`];
    return seeds.length === 0 ? [] : [`${row.label}: no result for seed ${seeds.join(', ')}.`];
  });
  const spread = results.some(({ runs }) => runs.length > 1)
    ? [
        'Mean ± sample standard deviation over seeds; gains and differences are paired by seed, with their 95 % Student interval.',
      ]
    : [];
  return [
    ...spread,
    'The oracle’s column takes the epoch that is best by the target’s labels: a bound, not a result.',
    ...missing,
  ];
}

function markdownOf(title: string, table: TextTable, notes: readonly string[]): string {
  return `# ${title}\n\n${markdownTable(table)}${notes.map((note) => `\n${note}\n`).join('')}`;
}

function sectionOf(
  title: string,
  tables: readonly NamedTable[],
  drawn: readonly Drawn[],
  notes: readonly string[],
): ReportSection {
  const note = html`${notes.map((text, i) => html`${i > 0 && html`<br>`}${text}`)}`;
  return {
    title,
    body: html`${drawn.length > 0 && html`<div class="figures">${drawn.map(({ body }) => html`<div>${body}</div>`)}</div>`}${tables.map(
      ({ title, table }, i) => htmlTable(table, title, i === 0 ? note : undefined),
    )}`,
  };
}
