import type { Statistic } from './statistic.js';

/** A curve's reading: over seeds, at a whole `x`. */
export type LinePoint = Statistic & { x: number };

/** One curve of a {@link lineFigure}. */
export interface LineCurve {
  label: string;
  /** Position among all series: its colour and marker. */
  series: number;
  /** How many runs it is a mean of; a band is drawn from two on. */
  n: number;
  /** Ascending by `x`. */
  points: readonly LinePoint[];
}
