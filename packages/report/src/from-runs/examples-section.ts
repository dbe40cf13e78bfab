import { type GridCell, type QualitativeGrid, qualitativeGridHtml } from '../figures/qualitative-grid.js';
import { type RunSamples, readSamples, type Sample } from '../folder/samples.js';
import { html } from '../html.js';
import { seriesLabels } from '../method-table.js';
import type { RunRecord } from '../run-record.js';
import type { ReportSection } from '../sections.js';

/**
 * The stored examples of runs as a grid: a row an example, its image, the truth, and what each method says. A method's column
 * is of its first run that stored examples.
 *
 * @param rows - at most so many examples; default 8
 * @returns undefined where no run stored any
 * @throws UserError for stored examples that are damaged
 *
 * @example
 * ```ts
 * const grid = samplesGrid(readRuns(['runs/naive-0', 'runs/asg-0']));
 * if (grid !== undefined) await writeFile('examples.png', qualitativeGridPng(grid));
 * ```
 */
export function samplesGrid(runs: readonly RunRecord[], rows = 8): QualitativeGrid | undefined {
  const methods = seriesLabels(runs).flatMap((label) => {
    const stored = firstStored(runs.filter((run) => run.label === label));
    return stored === undefined ? [] : [{ label, stored }];
  });
  const ids = [...new Set(methods.flatMap(({ stored }) => stored.samples.map(({ id }) => id)))];
  if (ids.length === 0) return undefined;
  const shared = ids.filter((id) => methods.every(({ stored }) => find(stored, id) !== undefined));
  const shown = [...shared, ...ids.filter((id) => !shared.includes(id))].slice(0, rows);
  const all = shown.map((id) => ({ id, own: methods.map(({ stored }) => find(stored, id)) }));
  const withTruth = all.some(({ own }) => own.some((sample) => truthOf(sample) !== undefined));
  return {
    columns: ['Image', ...(withTruth ? ['Truth'] : []), ...methods.map(({ label }) => label)],
    rows: all.map(({ id, own }) => {
      const first = own.find((sample) => sample !== undefined);
      const truth = own.map(truthOf).find((cell) => cell !== undefined);
      return {
        id,
        cells: [
          first && { data: first.image },
          ...(withTruth ? [truth] : []),
          ...own.map((sample) => sample && cellOf(sample.prediction, sample.predictedLabel)),
        ],
      };
    }),
    legend: methods.find(({ stored }) => stored.legend !== undefined)?.stored.legend,
  };
}

/** {@link samplesGrid} as a section. */
export function examplesSection(runs: readonly RunRecord[], rows?: number): ReportSection | undefined {
  const grid = samplesGrid(runs, rows);
  return grid && { title: 'Examples', body: html`${qualitativeGridHtml(grid)}` };
}

function firstStored(runs: readonly RunRecord[]): RunSamples | undefined {
  for (const { dir } of runs) {
    const stored = readSamples(dir);
    if (stored !== undefined && stored.samples.length > 0) return stored;
  }
  return undefined;
}

const find = (stored: RunSamples, id: string): Sample | undefined =>
  stored.samples.find((sample) => sample.id === id);

const truthOf = (sample: Sample | undefined): GridCell | undefined =>
  sample && cellOf(sample.truth, sample.truthLabel);

const cellOf = (data: Uint8Array | undefined, caption: string | undefined): GridCell | undefined =>
  data === undefined && caption === undefined ? undefined : { data, caption };
