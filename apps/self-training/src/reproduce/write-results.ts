import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  alignedTable,
  figureHtml,
  html,
  htmlTable,
  markdownTable,
  type ReportSection,
  type RoundQuantity,
  type RunRecord,
  roundCurves,
  roundFigure,
  writeReport,
} from '@syn2real/report';
import { drawFig10 } from './fig10.js';
import { FIGURE_SEED, type ReproduceOptions, type RowRuns } from './reproduce.js';
import { FIG10, STARTS } from './rows.js';
import { table4, table4Csv, table4Rows } from './table4.js';

const TITLE = 'Table 4: self-training from both starts';

const NOTES = [
  'Mean (sample standard deviation) over seeds, as the paper prints; gains are paired by seed, with their 95 % Student interval.',
  'The source start is Table 2’s small backbone rate, ASG its last row. The target’s images are trained on without labels; their labels are read for measuring only.',
  'What is right of the labels, and the oracle’s column (the round that is best by the target’s labels), are read apart: bounds, not results.',
  'SHOT and mean teacher are not in the paper. SHOT trains without the source, with the classifier frozen.',
];

/** Writes tables, figures and the report into `--out`, and prints the tables. */
export async function writeResults(options: ReproduceOptions, rows: readonly RowRuns[]): Promise<void> {
  const { out, benchmark, suites } = options;
  await mkdir(out, { recursive: true });
  const sections: ReportSection[] = [];
  const read = table4Rows(rows);
  if (suites.includes('table4') && read.length > 0) {
    const table = table4(read);
    process.stdout.write(`\n${TITLE}\n\n${alignedTable(table)}`);
    const missing = missingNotes(options, rows);
    const notes = [...NOTES, ...missing].map((note) => `\n${note}\n`).join('');
    await writeFile(join(out, 'table4.md'), `# ${TITLE}\n\n${markdownTable(table)}${notes}`);
    await writeFile(join(out, 'table4.csv'), table4Csv(read));
    const note = html`${[...NOTES, ...missing].map((text, i) => html`${i > 0 && html`<br>`}${text}`)}`;
    sections.push({ title: TITLE, body: htmlTable(table, TITLE, note) });
    sections.push(
      ...STARTS.flatMap(({ id, label }) =>
        roundsOf(
          label,
          read.filter(({ row }) => row.start === id).flatMap((row) => row.runs),
        ),
      ),
    );
  }
  if (suites.includes('fig10')) {
    const shown = FIG10.flatMap((row) => {
      const run = rows
        .find((other) => other.row.id === row.id)
        ?.runs.find(({ seed }) => seed === FIGURE_SEED);
      return run === undefined ? [] : [{ label: row.label, dir: run.dir }];
    });
    sections.push(...(await drawFig10(out, shown, options.embedding)));
  }
  const runs = read.flatMap((row) => row.runs);
  if (runs.length === 0) return;
  const page = join(out, 'self-training.html');
  writeReport(page, { title: benchmark.title, runs, metrics: ['target'], sections });
  process.stderr.write(`\nreport: ${page}\n`);
}

const CAPTIONS = {
  target: 'Target, after each round.',
  pseudoLabelAccuracy:
    'How many of a round’s labels are right: reads the target’s labels, and no round uses it.',
} as const satisfies Partial<Record<RoundQuantity, string>>;

/** How the rounds of one start went, mean over seeds. */
function roundsOf(start: string, runs: readonly RunRecord[]): ReportSection[] {
  const quantities = (Object.keys(CAPTIONS) as (keyof typeof CAPTIONS)[]).filter(
    (quantity) => roundCurves(runs, quantity).length > 0,
  );
  if (quantities.length === 0) return [];
  const figures = quantities.map(
    (quantity) => html`<div>${figureHtml(roundFigure(runs, quantity), CAPTIONS[quantity])}</div>`,
  );
  return [{ title: `Rounds from ${start}`, body: html`<div class="figures">${figures}</div>` }];
}

function missingNotes({ seeds }: ReproduceOptions, rows: readonly RowRuns[]): string[] {
  return rows.flatMap(({ row, runs }) => {
    const there = runs.map(({ seed }) => seed);
    const missing = Array.from({ length: seeds }, (_, seed) => seed).filter((seed) => !there.includes(seed));
    return missing.length === 0 ? [] : [`${row.label}: no result for seed ${missing.join(', ')}.`];
  });
}
