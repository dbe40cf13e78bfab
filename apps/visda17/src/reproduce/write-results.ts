import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  alignedTable,
  contactSheetSection,
  html,
  htmlTable,
  markdownTable,
  type ReportSection,
  type TextTable,
  writeReport,
} from '@syn2real/report';
import type { Drawn } from './drawn.js';
import { drawFigures, forgettingSection, writeFigures } from './figures.js';
import type { Finished } from './finished.js';
import { pairsTable, paperCsv, paperRows, paperTable } from './paper-table.js';
import type { RowResult } from './results.js';
import { SUITE_TITLES, type SuiteRows } from './suites.js';
import { SWEEP_RULE, SWEEP_SEED } from './sweep.js';
import { sweepTable } from './sweep-table.js';

/** Writes tables, figures and the report into `--out`, and prints the tables. */
export async function writeResults(finished: Finished): Promise<void> {
  const { out, benchmark, suites, results, sweeps } = finished;
  await mkdir(out, { recursive: true });
  const sections: ReportSection[] = [];
  for (const { suite, rows } of suites) {
    const own = rows.flatMap((row) => results.find((result) => result.row.id === row.id) ?? []);
    const tables = tablesOf(suite, own);
    const drawn = drawFigures(suite, own, finished);
    await writeFigures(out, drawn);
    for (const { name, title, table, csv } of tables) {
      process.stdout.write(`\n${title}\n\n${alignedTable(table)}`);
      await writeFile(join(out, `${name}.md`), markdownOf(title, table, notesOf(own)));
      if (csv !== undefined) await writeFile(join(out, `${name}.csv`), csv);
    }
    sections.push(sectionOf(suite, tables, drawn, notesOf(own)));
  }
  if (sweeps.length > 0) {
    const table = sweepTable(sweeps);
    await writeFile(join(out, 'sweep.md'), markdownOf('Coefficients', table, [sweepNote]));
    sections.push({ title: 'Coefficients', body: html`<p>${sweepNote}</p>${htmlTable(table, 'Sweep')}` });
  }
  const forgetting = forgettingSection(results);
  if (forgetting !== undefined) sections.push(forgetting);
  if (benchmark.sheet !== undefined) {
    const sheet = { data: await readFile(benchmark.sheet), caption: 'examples of each' };
    sections.push(
      contactSheetSection({
        title: 'The images',
        groups: [{ title: 'Source, target and old task', wide: true, images: [sheet] }],
      }),
    );
  }
  const runs = results.flatMap((result) => result.runs);
  if (runs.length === 0) return;
  const page = join(out, 'report.html');
  writeReport(page, { title: benchmark.title, intro: benchmark.intro, runs, metrics: [], sections });
  process.stderr.write(`\nreport: ${page}\n`);
}

const sweepNote = `Chosen: ${SWEEP_RULE}. One run a value, seed ${SWEEP_SEED}, which no table reports. The target's labels are not read in these runs.`;

interface NamedTable {
  readonly name: string;
  readonly title: string;
  readonly table: TextTable;
  readonly csv?: string;
}

function tablesOf(suite: SuiteRows['suite'], results: readonly RowResult[]): NamedTable[] {
  const rows = paperRows(results);
  if (rows.length === 0) return [];
  const own = { name: suite, title: SUITE_TITLES[suite], table: paperTable(rows), csv: paperCsv(rows) };
  const pairs = pairsOf(suite, results);
  if (pairs.length === 0) return [own];
  return [
    own,
    { name: `${suite}-pairs`, title: `${SUITE_TITLES[suite]}: paired differences`, table: pairsTable(pairs) },
  ];
}

/** Figure 6 asks which way to set the rates is better: each against the learned one. */
function pairsOf(suite: SuiteRows['suite'], results: readonly RowResult[]): [RowResult, RowResult][] {
  const learned = results.find(({ row, runs }) => row.policy === true && runs.length > 0);
  if (suite !== 'fig6' || learned === undefined) return [];
  return results
    .filter((other) => other !== learned && other.runs.length > 0)
    .map((other) => [learned, other]);
}

function notesOf(results: readonly RowResult[]): string[] {
  const missing = results.flatMap(({ row, missing: trials }) =>
    trials.length === 0
      ? []
      : [`${row.label}: no result for seed ${trials.map(({ recipe }) => recipe.seed).join(', ')}.`],
  );
  const skipped = results.flatMap(({ row, runs, missing: trials }) =>
    runs.length + trials.length === 0 ? [`${row.label}: not run, as what it depends on failed.`] : [],
  );
  const spread = results.some(({ runs }) => runs.length > 1)
    ? [
        'Mean ± sample standard deviation over seeds; gains and differences are paired by seed, with their 95 % Student interval.',
      ]
    : [];
  return [
    ...spread,
    'The oracle’s column takes the epoch that is best by the target’s labels: a bound, not a result.',
    ...missing,
    ...skipped,
  ];
}

function markdownOf(title: string, table: TextTable, notes: readonly string[]): string {
  return `# ${title}\n\n${markdownTable(table)}${notes.map((note) => `\n${note}\n`).join('')}`;
}

function sectionOf(
  suite: SuiteRows['suite'],
  tables: readonly NamedTable[],
  drawn: readonly Drawn[],
  notes: readonly string[],
): ReportSection {
  const note = html`${notes.map((text, i) => html`${i > 0 && html`<br>`}${text}`)}`;
  return {
    title: SUITE_TITLES[suite],
    body: html`${drawn.length > 0 && html`<div class="figures">${drawn.map(({ body }) => html`<div>${body}</div>`)}</div>`}${tables.map(
      ({ title, table }, i) => htmlTable(table, title, i === 0 ? note : undefined),
    )}`,
  };
}
