import type { LineCurve } from './line-curve.js';
import { lineFigure } from './line-figure.js';
import type { RunRecord } from './run-record.js';
import { statistic } from './statistic.js';

/**
 * How far each group's parameters are from their start, per epoch: a curve a group, over the seeds of one method.
 *
 * @param runs - runs of one label, from {@link readRuns}
 *
 * @example
 * ```ts
 * for (const { label, points } of distanceCurves(runs)) console.log(label, points.at(-1)?.mean);
 * ```
 */
export function distanceCurves(runs: readonly RunRecord[]): LineCurve[] {
  const measured = runs.filter((run) => run.epochs.some((epoch) => epoch.distance !== undefined));
  const groups = new Set(
    measured.flatMap(({ epochs }) => epochs.flatMap((e) => Object.keys(e.distance ?? {}))),
  );
  return [...groups].map((group, series) => {
    const readings = measured.map(
      ({ epochs }) =>
        new Map(
          epochs.flatMap((e) => (e.distance?.[group] === undefined ? [] : [[e.epoch, e.distance[group]]])),
        ),
    );
    const shared = [...(readings[0]?.keys() ?? [])].filter((epoch) => readings.every((r) => r.has(epoch)));
    const points = shared.flatMap((epoch) => {
      const over = statistic(readings.map((r) => r.get(epoch)));
      return over === undefined ? [] : [{ x: epoch, ...over }];
    });
    return { label: group, series, n: measured.length, points };
  });
}

/**
 * {@link distanceCurves} as an SVG.
 *
 * @throws UserError where no run recorded distances
 *
 * @example
 * ```ts
 * await writeFile('distance.svg', distanceFigure(runs.filter((run) => run.label === 'Naive')));
 * ```
 */
export function distanceFigure(runs: readonly RunRecord[]): string {
  return lineFigure(distanceCurves(runs), { yTitle: 'Distance of the parameters to their start, by group' });
}
