import { seriesLabels } from './method-table.js';
import type { RunRecord } from './run-record.js';
import { type Statistic, statistic } from './statistic.js';

/** Which reading a curve shows; `agreement` and `kl` are with the frozen network, on the old task's images. */
export type Metric = 'target' | 'retention' | 'source' | 'agreement' | 'kl';

/** A method's reading per epoch: fractions 0…1, or nats for `kl`. */
export interface AccuracyCurve {
  label: string;
  /** Position of the label in the runs: the method's colour. */
  series: number;
  /** How many runs recorded the metric. */
  n: number;
  points: readonly (Statistic & { epoch: number })[];
}

/**
 * A reading per epoch by method, over seeds. Only epochs that every run of the method has read are in, so that a mean is
 * always over the same runs; a run that never read the metric is left out. A method without a reading has no curve.
 *
 * @param runs - from {@link readRuns}
 * @param metric - which reading
 *
 * @example
 * ```ts
 * for (const { label, points } of accuracyCurves(runs, 'retention')) console.log(label, points.at(-1)?.mean);
 * ```
 */
export function accuracyCurves(runs: readonly RunRecord[], metric: Metric): AccuracyCurve[] {
  return seriesLabels(runs).flatMap((label, series) => {
    const readings = runs
      .filter((run) => run.label === label)
      .map(
        (run) => new Map(run.epochs.flatMap((e) => (e[metric] === undefined ? [] : [[e.epoch, e[metric]]]))),
      )
      .filter((byEpoch) => byEpoch.size > 0);
    const epochs = [...(readings[0]?.keys() ?? [])].filter((e) =>
      readings.every((byEpoch) => byEpoch.has(e)),
    );
    const points = epochs.flatMap((epoch) => {
      const over = statistic(readings.map((byEpoch) => byEpoch.get(epoch)));
      return over === undefined ? [] : [{ epoch, ...over }];
    });
    return points.length === 0 ? [] : [{ label, series, n: readings.length, points }];
  });
}
