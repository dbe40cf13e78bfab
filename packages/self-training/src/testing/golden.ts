import { readFileSync } from 'node:fs';
import type { Probabilities } from '../probabilities.js';

interface Maximisation {
  readonly loss: number;
  readonly grad: readonly number[];
}

interface RoundsGolden {
  readonly classes: number;
  readonly rows: number;
  readonly p: readonly number[];
  readonly thresholds: Readonly<Record<string, readonly number[]>>;
  readonly labels: Readonly<
    Record<string, { hard: readonly number[]; soft: Readonly<Record<string, { labels: readonly number[] }>> }>
  >;
  readonly maximisation: { rows: number; logits: number[]; '1.0': Maximisation; '0.5': Maximisation };
  readonly features: { width: number; values: readonly number[] };
  readonly centroids: { '0': readonly number[]; '1': readonly number[] };
  readonly average: { steps: number[][]; result: readonly number[] };
}

/** What goldens/capture_rounds.py captured. */
export const golden = JSON.parse(
  readFileSync(new URL('../goldens/rounds.json', import.meta.url), 'utf8'),
) as RoundsGolden;

/** Its probabilities. */
export const goldenProbabilities: Probabilities = {
  values: Float64Array.from(golden.p),
  classes: golden.classes,
};
