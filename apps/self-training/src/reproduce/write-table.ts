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
} from '@syn2real/report';
import {
  type AdaptationRow,
  type AdaptationWords,
  adaptationCsv,
  adaptationRows,
  adaptationTable,
} from './adaptation-table.js';
import type { RowRuns } from './run-stages.js';

/** A table of adaptations and what is said around it. */
export interface AdaptationText {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  readonly words: AdaptationWords;
  readonly notes: readonly string[];
  readonly starts: readonly { readonly id: string; readonly label: string }[];
}

/**
 * Prints a table of adaptations, writes it as Markdown and CSV into a folder, and gives its sections of the report: the table,
 * and how the rounds went from each start.
 */
export async function writeTable(
  out: string,
  { name, title, words, notes: said, starts }: AdaptationText,
  rows: readonly RowRuns[],
  seeds: number,
): Promise<{ read: readonly AdaptationRow[]; sections: ReportSection[] }> {
  const read = adaptationRows(rows);
  if (read.length === 0) return { read, sections: [] };
  await mkdir(out, { recursive: true });
  const table = adaptationTable(read, words);
  process.stdout.write(`\n${title}\n\n${alignedTable(table)}`);
  const notes = [...said, ...missingNotes(seeds, rows)];
  const lines = notes.map((note) => `\n${note}\n`).join('');
  await writeFile(join(out, `${name}.md`), `# ${title}\n\n${markdownTable(table)}${lines}`);
  await writeFile(join(out, `${name}.csv`), adaptationCsv(read));
  const note = html`${notes.map((text, i) => html`${i > 0 && html`<br>`}${text}`)}`;
  const ofStart = (id: string): RunRecord[] =>
    read.filter(({ row }) => row.start === id).flatMap((row) => row.runs);
  return {
    read,
    sections: [
      { title, body: htmlTable(table, title, note) },
      ...starts.flatMap(({ id, label }) => roundsOf(label, ofStart(id))),
    ],
  };
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

function missingNotes(seeds: number, rows: readonly RowRuns[]): string[] {
  return rows.flatMap(({ row, runs }) => {
    const there = runs.map(({ seed }) => seed);
    const missing = Array.from({ length: seeds }, (_, seed) => seed).filter((seed) => !there.includes(seed));
    return missing.length === 0 ? [] : [`${row.label}: no result for seed ${missing.join(', ')}.`];
  });
}
