import { html, type SafeHtml } from '../html.js';
import type { RunRecord } from '../run-record.js';
import { figureHtml, type ReportSection } from '../sections.js';
import { htmlTable } from '../text-table.js';
import { type RoundQuantity, roundCurves, roundFigure } from './round-figure.js';

const captions: Readonly<Record<RoundQuantity, string>> = {
  target: 'Target: after each round.',
  retention: 'Retention: the old task, after each round.',
  source: 'Source: held-out images, after each round.',
  selected: 'How much of the target trains the round. Known without its labels.',
  agreement: 'How many pseudo-labels stay as they were. Known without the target’s labels.',
  entropy: 'How unsure the network is on the target. Known without its labels.',
  pseudoLabelAccuracy: 'How many pseudo-labels are right: reads the target’s labels, and no round uses it.',
};

/** The rounds of self-training runs; undefined where no run has any. */
export function roundsSection(runs: readonly RunRecord[]): ReportSection | undefined {
  const quantities = (Object.keys(captions) as RoundQuantity[]).filter(
    (quantity) => roundCurves(runs, quantity).length > 0,
  );
  if (quantities.length === 0) return undefined;
  return {
    title: 'Rounds of self-training',
    body: html`<div class="figures">${quantities.map(
      (quantity) => html`<div>${figureHtml(roundFigure(runs, quantity), captions[quantity])}
<details><summary>The figure’s numbers</summary>${numbers(runs, quantity)}</details></div>`,
    )}</div>`,
  };
}

function numbers(runs: readonly RunRecord[], quantity: RoundQuantity): SafeHtml {
  const curves = roundCurves(runs, quantity);
  const rounds = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const tell = (mean: number | undefined): string =>
    mean === undefined ? '—' : quantity === 'entropy' ? mean.toFixed(3) : (100 * mean).toFixed(1);
  return htmlTable(
    {
      columns: [
        { title: 'Round' },
        ...curves.map(({ label }) => ({ title: label, align: 'right' as const })),
      ],
      rows: rounds.map((round) => [
        { text: String(round) },
        ...curves.map(({ points }) => ({ text: tell(points.find(({ x }) => x === round)?.mean) })),
      ]),
    },
    `${quantity} by round, mean over seeds`,
  );
}
