import {
  accuracyCurves,
  accuracyFigure,
  distanceCurves,
  distanceFigure,
  figureHtml,
  html,
  type ReportSection,
} from '@syn2real/report';
import { CURVE_CAPTIONS } from './drawn.js';
import type { RowResult } from './results.js';

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
      .map((metric) => figureHtml(accuracyFigure(runs, { metric }), CURVE_CAPTIONS[metric])),
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
