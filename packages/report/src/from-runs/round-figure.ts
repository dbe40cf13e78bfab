import type { LineCurve } from '../line-curve.js';
import { lineFigure } from '../line-figure.js';
import { seriesLabels } from '../method-table.js';
import type { RunRecord } from '../run-record.js';
import { statistic } from '../statistic.js';

/** What a round of self-training is drawn by. */
export type RoundQuantity =
  | 'selected'
  | 'agreement'
  | 'entropy'
  | 'pseudoLabelAccuracy'
  | 'target'
  | 'source'
  | 'retention';

/** What each is called on a figure's axis. */
const titles: Readonly<Record<RoundQuantity, string>> = {
  selected: 'Share of the target with a pseudo-label (%)',
  agreement: 'Pseudo-labels as in the round before (%)',
  entropy: 'Mean entropy of predictions (nats)',
  pseudoLabelAccuracy: 'Right pseudo-labels (%), by target labels',
  target: 'Target accuracy (%)',
  source: 'Source accuracy (%)',
  retention: 'Old-task accuracy, retention (%)',
};

/**
 * A quantity by round of self-training, over the seeds of each method. Only rounds that every run of the method has are in.
 *
 * @param runs - from {@link readRuns}
 *
 * @example
 * ```ts
 * for (const { label, points } of roundCurves(runs, 'selected')) console.log(label, points.at(-1)?.mean);
 * ```
 */
export function roundCurves(runs: readonly RunRecord[], quantity: RoundQuantity): LineCurve[] {
  return seriesLabels(runs).flatMap((label, series) => {
    const readings = runs
      .filter((run) => run.label === label)
      .map(
        ({ rounds = [] }) =>
          new Map(rounds.flatMap((r) => (r[quantity] === undefined ? [] : [[r.round, r[quantity]]]))),
      )
      .filter((byRound) => byRound.size > 0);
    const shared = [...(readings[0]?.keys() ?? [])].filter((x) => readings.every((r) => r.has(x)));
    const points = shared.flatMap((x) => {
      const over = statistic(readings.map((byRound) => byRound.get(x)));
      return over === undefined ? [] : [{ x, ...over }];
    });
    return points.length === 0 ? [] : [{ label, series, n: readings.length, points }];
  });
}

/**
 * {@link roundCurves} as an SVG.
 *
 * @throws UserError where no run recorded the quantity
 *
 * @example
 * ```ts
 * await writeFile('selected.svg', roundFigure(runs, 'selected'));
 * ```
 */
export function roundFigure(runs: readonly RunRecord[], quantity: RoundQuantity): string {
  const dense = runs[0]?.task === 'segmentation';
  return lineFigure(roundCurves(runs, quantity), {
    xTitle: 'Round',
    yTitle: dense
      ? titles[quantity].replace(/^(Target|Source) accuracy/, '$1 mIoU')
      : titles[quantity].replace(/^(Target|Source) accuracy/, '$1 mean-class accuracy'),
    percent: quantity !== 'entropy',
  });
}
