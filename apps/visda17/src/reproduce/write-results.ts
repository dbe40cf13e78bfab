import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Drawn,
  drawActions,
  drawCurves,
  type RowResult,
  type SuiteResult,
  type SuiteTable,
  writeSuite,
} from '@syn2real/cli';
import { contactSheetSection, type Metric, type ReportSection } from '@syn2real/report';
import type { Benchmark } from './benchmark.js';
import type { ReproduceOptions } from './options.js';
import type { Row } from './rows.js';
import { SUITE_TITLES, type Suite } from './suites.js';

const METRICS: Readonly<Partial<Record<Suite, readonly Metric[]>>> = {
  fig1: ['target', 'retention'],
  fig5: ['target', 'retention'],
  fig6: ['target', 'retention'],
};

/** Writes tables, figures and the report into `--out`, and prints the tables. */
export async function writeResults(
  { out, benchmark, suites }: ReproduceOptions,
  ran: SuiteResult<Row>,
): Promise<void> {
  const draw = (suite: Suite, results: readonly RowResult[]): Drawn[] =>
    suite === 'fig8'
      ? drawActions(
          suite,
          ran.policies.map(({ file }) => dirname(file)),
        )
      : drawCurves(
          suite,
          results.flatMap(({ runs }) => runs),
          METRICS[suite] ?? [],
        );
  await writeSuite({
    ...ran,
    out,
    title: benchmark.title,
    intro: benchmark.intro,
    words: { target: 'mean of classes', paper: 'VisDA-17', paperRetention: 'ImageNet' },
    tables: suites.map(
      ({ suite, rows }): SuiteTable<Row> => ({
        name: suite,
        title: SUITE_TITLES[suite],
        rows,
        draw: (results) => draw(suite, results),
        ...(suite === 'fig6' ? { pairs: againstLearned } : {}),
      }),
    ),
    sections: await images(benchmark),
  });
}

/** Figure 6 asks which way to set the rates is better: each against the learned one. */
function againstLearned(results: readonly RowResult<Row>[]): [RowResult<Row>, RowResult<Row>][] {
  const learned = results.find(({ row, runs }) => row.policy === true && runs.length > 0);
  if (learned === undefined) return [];
  return results
    .filter((other) => other !== learned && other.runs.length > 0)
    .map((other) => [learned, other]);
}

async function images({ sheet }: Benchmark): Promise<ReportSection[]> {
  if (sheet === undefined) return [];
  const image = { data: await readFile(sheet), caption: 'examples of each' };
  return [
    contactSheetSection({
      title: 'The images',
      groups: [{ title: 'Source, target and old task', wide: true, images: [image] }],
    }),
  ];
}
