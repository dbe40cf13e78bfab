import { UserError } from '@syn2real/core';
import { countOf, predictedClass } from '../probabilities.js';
import type { PseudoLabels } from '../pseudo-labels/pseudo-labels.js';
import type { RoundInput } from '../rounds/rounds.js';

/** Options of {@link centroidLabels}. */
export interface CentroidLabelsOptions {
  /** How often centroids are taken anew from the labels that they gave. Default 1. */
  readonly refinements?: number;
}

/**
 * SHOT's pseudo-labels: each sample has the class of the nearest centroid of features, by cosine distance.
 *
 * c_k = Σ_i p_ik g_i / Σ_i p_ik, ŷ_i = argmin_k 1 − cos(g_i, c_k); then c_k = mean of {g_i : ŷ_i = k}, and again.
 *
 * A class without samples has no centroid. Every usable sample gets a label; ties go to the lowest class. Unusable
 * rows (NaN in probabilities or features) get none. The released code also appends a constant 1 to the normalised
 * features; this is the equation.
 *
 * @throws UserError where the features are not as many as the probabilities
 * @example
 * ```ts
 * const driver = rounds({ classes: 12, rounds: 15, labeller: (input) => centroidLabels(input) });
 * ```
 * @see Liang, Hu, Feng, Do We Really Need to Access the Source Data?, ICML 2020, equations 5 and 6
 */
export function centroidLabels(
  { probabilities, features }: RoundInput,
  { refinements = 1 }: CentroidLabelsOptions = {},
): PseudoLabels {
  const { classes } = probabilities;
  const count = countOf(probabilities);
  if (features === undefined || features.values.length !== count * features.width) {
    throw new UserError({
      what: 'labels by centroids need a feature vector of each sample',
      got:
        features === undefined
          ? 'no features'
          : `${features.values.length} values of width ${features.width}`,
      expected: `${count} rows`,
      fix: 'pass the pooled features of the same samples',
    });
  }
  const { values, width } = features;
  const isUsable = Array.from(
    { length: count },
    (_, i) =>
      predictedClass(probabilities, i) >= 0 &&
      values.subarray(i * width, (i + 1) * width).every((value) => Number.isFinite(value)),
  );
  const centroids = (weight: (row: number, k: number) => number): (Float64Array | undefined)[] =>
    Array.from({ length: classes }, (_, k) => {
      const sum = new Float64Array(width);
      let mass = 0;
      for (let i = 0; i < count; i++) {
        const w = isUsable[i] ? weight(i, k) : 0;
        if (!(w > 0)) continue;
        mass += w;
        for (let d = 0; d < width; d++) sum[d]! += w * values[i * width + d]!;
      }
      return mass > 0 ? sum : undefined;
    });
  const nearest = (of: readonly (Float64Array | undefined)[]): Int32Array =>
    Int32Array.from({ length: count }, (_, i) => {
      if (!isUsable[i]) return -1;
      const feature = values.subarray(i * width, (i + 1) * width);
      const similarity = of.map((centroid) =>
        centroid === undefined ? Number.NEGATIVE_INFINITY : cosine(feature, centroid),
      );
      return similarity.indexOf(Math.max(...similarity));
    });
  let hard = nearest(centroids((i, k) => probabilities.values[i * classes + k]!));
  for (let again = 0; again < refinements; again++) {
    const labels = hard;
    hard = nearest(centroids((i, k) => (labels[i] === k ? 1 : 0)));
  }
  return { hard, classes };
}

/** 0 where one of them has no length. */
function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let d = 0; d < a.length; d++) {
    dot += a[d]! * b[d]!;
    squareA += a[d]! * a[d]!;
    squareB += b[d]! * b[d]!;
  }
  const length = Math.sqrt(squareA) * Math.sqrt(squareB);
  return length === 0 ? 0 : dot / length;
}
