import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  CURVE_CAPTIONS,
  type Drawn,
  drawActions,
  drawCurves,
  drawn,
  type RowResult,
  type SuiteResult,
  type SuiteTable,
  writeSuite,
} from '@syn2real/cli';
import { classBarsFigure, contactSheetSection, type ReportSection, statistic } from '@syn2real/report';
import type { Benchmark } from './benchmark.js';
import { drawExamples } from './examples-figure.js';
import type { ReproduceOptions } from './plan.js';
import type { Row } from './rows.js';
import { SUITE_TITLES, type Suite } from './suites.js';

/** Writes tables, figures and the report into `--out`, and prints the tables. */
export async function writeResults(
  { out, benchmark, suites }: ReproduceOptions,
  ran: SuiteResult<Row>,
): Promise<void> {
  const policies = ran.policies.map(({ file }) => dirname(file));
  await writeSuite({
    ...ran,
    out,
    title: benchmark.title,
    intro: benchmark.intro,
    words: { target: 'mean IoU', paper: 'Cityscapes' },
    tables: suites.map(
      ({ suite, rows }): SuiteTable<Row> => ({
        name: suite,
        title: SUITE_TITLES[suite],
        rows,
        draw: (results) => draw(suite, results, { out, policies }),
      }),
    ),
    sections: await images(benchmark),
  });
}

async function draw(
  suite: Suite,
  results: readonly RowResult[],
  { out, policies }: { out: string; policies: readonly string[] },
): Promise<readonly Drawn[]> {
  switch (suite) {
    case 'fig7':
      return drawCurves(
        suite,
        results.flatMap(({ runs }) => runs),
        ['target', 'retention'],
        { ...CURVE_CAPTIONS, target: 'Mean IoU on the target after each epoch.' },
      );
    case 'fig8':
      return drawActions(suite, policies);
    case 'fig9':
      return drawExamples(out, suite, results);
    default:
      return classBars(suite, results);
  }
}

/** More methods than this in one figure cannot be told apart. */
const BARS = 4;

/** IoU of each class, of the methods with the highest mean. */
function classBars(suite: Suite, results: readonly RowResult[]): Drawn[] {
  const measured = results.filter(({ runs }) => runs.some(({ final }) => final.targetPerClass !== undefined));
  const classes = measured[0]?.runs[0]?.classes;
  if (classes === undefined) return [];
  const mean = ({ runs }: RowResult): number => statistic(runs.map(({ final }) => final.target))?.mean ?? 0;
  const best = [...measured].sort((a, b) => mean(b) - mean(a)).slice(0, BARS);
  const series = measured
    .filter((result) => best.includes(result))
    .map(({ row, runs }, at) => ({
      label: row.label,
      series: at,
      values: classes.map((_, c) =>
        statistic(runs.map(({ final }) => final.targetPerClass?.[c] ?? undefined)),
      ),
    }));
  return [
    drawn(
      `${suite}-classes`,
      classBarsFigure(series, { classes, title: 'IoU on the target (%)' }),
      `IoU of each class on the target, mean over seeds, of the ${series.length} methods with the highest mean IoU.`,
    ),
  ];
}

async function images({ sheet }: Benchmark): Promise<ReportSection[]> {
  if (sheet === undefined) return [];
  const image = { data: await readFile(sheet), caption: 'examples of each' };
  return [
    contactSheetSection({
      title: 'The images',
      groups: [{ title: 'Source and target, with the labels', wide: true, images: [image] }],
    }),
  ];
}
