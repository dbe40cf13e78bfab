import { accuracyCurves, type Metric } from './accuracy-curves.js';
import { accuracyFigure, metricTitle } from './accuracy-figure.js';
import { html, type SafeHtml } from './html.js';
import type { RunRecord } from './run-record.js';
import { figureHtml } from './sections.js';
import { htmlTable } from './text-table.js';

const captions: Readonly<Record<Metric, string>> = {
  target: 'Target: images that training never used.',
  retention: 'Retention: the pretrained network’s old task, on held-out images.',
  source: 'Source: held-out images of the training domain.',
  agreement:
    'Agreement: the share of the old task’s images on which the old classifier says what it said at first.',
  kl: 'KL: how far the old classifier’s answers on the old task’s images have moved from its first ones.',
};

/** The figures of the metrics that the runs recorded, side by side where there is room, each with its numbers folded. */
export function accuracyFigures(
  runs: readonly RunRecord[],
  metrics: readonly Metric[],
): SafeHtml | undefined {
  const drawn = metrics.filter((metric) => accuracyCurves(runs, metric).length > 0);
  if (drawn.length === 0) return undefined;
  return html`<div class="figures">${drawn.map(
    (metric) => html`<div>${figureHtml(accuracyFigure(runs, { metric }), caption(runs, metric))}
<details><summary>The figure’s numbers</summary>${numbers(runs, metric)}</details></div>
`,
  )}</div>`;
}

function caption(runs: readonly RunRecord[], metric: Metric): string {
  const fromStart = accuracyCurves(runs, metric).some(({ points }) => points[0]?.epoch === 0);
  return `${captions[metric]}${fromStart ? ' Epoch 0 is before training.' : ''}`;
}

function numbers(runs: readonly RunRecord[], metric: Metric): SafeHtml {
  const curves = accuracyCurves(runs, metric);
  const epochs = [...new Set(curves.flatMap(({ points }) => points.map((p) => p.epoch)))].sort(
    (a, b) => a - b,
  );
  const cell = (points: (typeof curves)[number]['points'], epoch: number): string => {
    const point = points.find((p) => p.epoch === epoch);
    return point === undefined
      ? '—'
      : metric === 'kl'
        ? point.mean.toFixed(3)
        : (point.mean * 100).toFixed(1);
  };
  return htmlTable(
    {
      columns: [
        { title: 'Epoch' },
        ...curves.map(({ label }) => ({ title: label, align: 'right' as const })),
      ],
      rows: epochs.map((epoch) => [
        { text: String(epoch) },
        ...curves.map(({ points }) => ({ text: cell(points, epoch) })),
      ]),
    },
    `${metricTitle(metric, runs[0]?.task)} by epoch, mean over seeds`,
  );
}
