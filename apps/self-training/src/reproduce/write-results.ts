import { join } from 'node:path';
import { type ReportSection, readRuns, writeReport } from '@syn2real/report';
import { drawFig10 } from './fig10.js';
import { FIGURE_SEED, type ReproduceOptions } from './reproduce.js';
import { FIG10, STARTS } from './rows.js';
import type { RowRuns } from './run-stages.js';
import { type AdaptationText, writeTable } from './write-table.js';

const TABLE: AdaptationText = {
  name: 'table4',
  title: 'Table 4: self-training from both starts',
  words: { target: 'mean of classes', paper: 'VisDA-17' },
  notes: [
    'Mean (sample standard deviation) over seeds, as the paper prints; gains are paired by seed, with their 95 % Student interval.',
    'The source start is Table 2’s small backbone rate, ASG its last row. The target’s images are trained on without labels; their labels are read for measuring only.',
    'What is right of the labels, and the oracle’s column (the round that is best by the target’s labels), are read apart: bounds, not results.',
    'SHOT and mean teacher are not in the paper. SHOT trains without the source, with the classifier frozen.',
  ],
  starts: STARTS,
};

/** Writes tables, figures and the report into `--out`, and prints the tables. */
export async function writeResults(options: ReproduceOptions, rows: readonly RowRuns[]): Promise<void> {
  const { out, benchmark, suites } = options;
  const sections: ReportSection[] = [];
  if (suites.includes('table4'))
    sections.push(...(await writeTable(out, TABLE, rows, options.seeds)).sections);
  if (suites.includes('fig10')) {
    const shown = FIG10.flatMap((row) => {
      const run = rows
        .find((other) => other.row.id === row.id)
        ?.runs.find(({ seed }) => seed === FIGURE_SEED);
      return run === undefined ? [] : [{ label: row.label, dir: run.dir }];
    });
    sections.push(...(await drawFig10(out, shown, options.embedding)));
  }
  writeAdaptationReport(join(out, 'self-training.html'), benchmark.title, rows, sections);
}

/** Writes the report of the rows' runs, where there are any. */
export function writeAdaptationReport(
  page: string,
  title: string,
  rows: readonly RowRuns[],
  sections: readonly ReportSection[],
): void {
  const runs = rows.flatMap(({ row, runs }) =>
    runs.flatMap(({ dir }) => readRuns([dir])).map((run) => ({ ...run, label: row.label })),
  );
  if (runs.length === 0) return;
  writeReport(page, { title, runs, metrics: ['target'], sections });
  process.stderr.write(`\nreport: ${page}\n`);
}
