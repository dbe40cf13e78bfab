import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  accuracyCurves,
  accuracyFigure,
  distanceCurves,
  distanceFigure,
  figureHtml,
  html,
  type Metric,
  type ReportSection,
  svgToPng,
} from '@syn2real/report';
import type { Drawn } from './drawn.js';
import type { Finished } from './finished.js';
import { policyFigures } from './policy-figures.js';
import type { RowResult } from './results.js';
import type { Suite } from './suites.js';

const METRICS: Readonly<Partial<Record<Suite, readonly Metric[]>>> = {
  fig1: ['target', 'retention'],
  fig5: ['target', 'retention'],
  fig6: ['target', 'retention'],
};

const CAPTIONS: Readonly<Record<Metric, string>> = {
  target: 'Accuracy on the target after each epoch.',
  retention: 'Accuracy on the old task after each epoch; epoch 0 is before training.',
  source: 'Accuracy on held-out source images.',
  agreement: 'The share of the old task’s images on which the old classifier says what it said at first.',
  kl: 'How far the old classifier’s answers on the old task’s images have moved from its first ones.',
};

/** The figures of a suite: accuracy by epoch, or a policy's actions. */
export function drawFigures(
  suite: Suite,
  results: readonly RowResult[],
  { out, policies }: Finished,
): Drawn[] {
  if (suite === 'fig8') return policyFigures(out, policies);
  const runs = results.flatMap((result) => result.runs);
  return (METRICS[suite] ?? [])
    .filter((metric) => accuracyCurves(runs, metric).length > 0)
    .map((metric) => {
      const svg = accuracyFigure(runs, { metric });
      return {
        name: metric === 'target' ? suite : `${suite}-${metric}`,
        svg,
        body: figureHtml(svg, CAPTIONS[metric]),
      };
    });
}

/** Writes figures as SVG and PNG. */
export async function writeFigures(out: string, drawn: readonly Drawn[]): Promise<void> {
  for (const { name, svg } of drawn) {
    await writeFile(join(out, `${name}.svg`), svg);
    await writeFile(join(out, `${name}.png`), svgToPng(svg));
  }
}

/** More lines than this in one figure cannot be told apart. */
const LINES = 9;

/** What each method forgets: agreement and KL, some methods a figure, and each one's distances by group, folded. */
export function forgettingSection(results: readonly RowResult[]): ReportSection | undefined {
  const parts = Array.from({ length: Math.ceil(results.length / LINES) }, (_, i) =>
    results.slice(i * LINES, (i + 1) * LINES).flatMap(({ runs }) => runs),
  );
  const answers = parts.flatMap((runs) =>
    (['agreement', 'kl'] as const)
      .filter((metric) => accuracyCurves(runs, metric).length > 0)
      .map((metric) => figureHtml(accuracyFigure(runs, { metric }), CAPTIONS[metric])),
  );
  const moved = results.filter(({ runs }) => distanceCurves(runs).length > 0);
  if (answers.length === 0 && moved.length === 0) return undefined;
  return {
    title: 'What is forgotten',
    body: html`<div class="figures">${answers.map((figure) => html`<div>${figure}</div>`)}</div>${moved.map(
      ({ row, runs }) =>
        html`<details><summary>Distance by group: ${row.label}</summary>${figureHtml(
          distanceFigure(runs),
          'Euclidean distance of each group’s parameters to the pretrained ones, after each epoch.',
        )}</details>`,
    )}`,
  };
}
