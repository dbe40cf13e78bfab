import { accuracyFigures } from '../accuracy-section.js';
import { distanceCurves, distanceFigure } from '../forgetting-figures.js';
import { html } from '../html.js';
import { seriesLabels } from '../method-table.js';
import type { RunRecord } from '../run-record.js';
import { figureHtml, type ReportSection } from '../sections.js';

/** What each method forgets: agreement and KL with the frozen network, and distances by group, folded. */
export function forgettingSection(runs: readonly RunRecord[]): ReportSection | undefined {
  const answers = accuracyFigures(runs, ['agreement', 'kl']);
  const moved = seriesLabels(runs)
    .map((label) => ({ label, own: runs.filter((run) => run.label === label) }))
    .filter(({ own }) => distanceCurves(own).some(({ points }) => points.length > 0));
  if (answers === undefined && moved.length === 0) return undefined;
  return {
    title: 'What is forgotten',
    body: html`${answers}${moved.map(
      ({ label, own }) =>
        html`<details><summary>Distance by group: ${label}</summary>${figureHtml(
          distanceFigure(own),
          'Euclidean distance of each group’s parameters to the pretrained ones, after each epoch.',
        )}</details>`,
    )}`,
  };
}
