import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drawn, RowResult } from '@syn2real/cli';
import { type QualitativeGrid, qualitativeGridHtml, qualitativeGridPng, readSamples } from '@syn2real/report';

/** Rows of the grid. */
const ROWS = 4;

/** Examples of each row's run with the lowest seed: image, truth, one column a method; written as PNG. */
export async function drawExamples(
  out: string,
  name: string,
  results: readonly RowResult[],
): Promise<Drawn[]> {
  const columns = results.flatMap(({ row, runs }) => {
    const [run] = [...runs].sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0));
    const samples = run && readSamples(run.dir);
    return samples === undefined ? [] : [{ label: row.label, samples }];
  });
  const [first] = columns;
  if (first === undefined) return [];
  const grid: QualitativeGrid = {
    columns: ['Image', 'Truth', ...columns.map(({ label }) => label)],
    rows: first.samples.samples.slice(0, ROWS).map(({ id, image, truth }) => ({
      id,
      cells: [
        { data: image },
        truth === undefined ? undefined : { data: truth },
        ...columns.map(({ samples }) => {
          const prediction = samples.samples.find((sample) => sample.id === id)?.prediction;
          return prediction === undefined ? undefined : { data: prediction };
        }),
      ],
    })),
    ...(first.samples.legend === undefined ? {} : { legend: first.samples.legend }),
  };
  writeFileSync(join(out, `${name}.png`), await qualitativeGridPng(grid));
  return [{ name, body: qualitativeGridHtml(grid) }];
}
