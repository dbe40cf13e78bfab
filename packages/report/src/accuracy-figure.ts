import { UserError } from '@syn2real/core';
import { accuracyCurves, type Metric } from './accuracy-curves.js';
import { lineFigure } from './line-figure.js';
import type { RunRecord, Task } from './run-record.js';

/** Options of {@link accuracyFigure}. */
export interface AccuracyFigureOptions {
  /** Which reading the figure shows. */
  metric: Metric;
  /** Width in CSS pixels. Default 460, which stays legible on a phone. */
  width?: number;
  /** Height of the plot in CSS pixels; the legend's rows come on top of it. Default 300. */
  height?: number;
}

/** What each metric is called on a figure's axis. */
const metricTitles: Readonly<Record<Metric, string>> = {
  target: 'Target mean-class accuracy (%)',
  retention: 'Old-task accuracy, retention (%)',
  source: 'Source mean-class accuracy (%)',
  agreement: 'Agreement with the frozen network, old task (%)',
  kl: 'KL to the frozen network, old task (nats)',
};

/** The metric's title in the words of the task. */
export const metricTitle = (metric: Metric, task: Task | undefined): string =>
  task === 'segmentation'
    ? metricTitles[metric].replace('mean-class accuracy', 'mIoU')
    : metricTitles[metric];

/**
 * A reading per epoch as an SVG: {@link lineFigure} with a line a method.
 *
 * @param runs - from {@link readRuns}, of one task
 * @throws UserError where no run recorded the metric
 *
 * @example
 * ```ts
 * await writeFile('target.svg', accuracyFigure(runs, { metric: 'target' }));
 * ```
 */
export function accuracyFigure(
  runs: readonly RunRecord[],
  { metric, width, height }: AccuracyFigureOptions,
): string {
  const curves = accuracyCurves(runs, metric);
  if (curves.length === 0) {
    throw new UserError({
      what: `no ${metric} curve can be drawn`,
      got: `${runs.length} runs, none with ${metric} readings in log.jsonl`,
      expected: 'runs that read it each epoch',
      fix: 'leave this figure out, or give runs that recorded it',
    });
  }
  return lineFigure(
    curves.map(({ points, ...curve }) => ({
      ...curve,
      points: points.map(({ epoch, ...over }) => ({ x: epoch, ...over })),
    })),
    { yTitle: metricTitle(metric, runs[0]?.task), percent: metric !== 'kl', width, height },
  );
}
