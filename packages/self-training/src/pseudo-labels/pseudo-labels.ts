import { UserError } from '@syn2real/core';
import { countOf, type Probabilities, predictedClass } from '../probabilities.js';
import { checkLabelOptions, type LabelOptions } from './label-options.js';
import { logPartition, writeSoftLabel } from './soft-label.js';
import { checkPortion } from './threshold-rule.js';

/** Pseudo-labels of samples. */
export interface PseudoLabels {
  /** Class of each sample, −1 where none is given. */
  readonly hard: Int32Array;
  /** `[count, classes]`: distributions; rows of zeros where no label is given. Only of soft labels. */
  readonly soft?: Float32Array;
  readonly classes: number;
}

/**
 * Pseudo-labels by thresholds: the minimiser of Σ_k −ŷ_k log(p_k/λ_k) + α Σ_k ŷ_k log ŷ_k over the simplex and 0.
 *
 * Hard (α = 0): k* = argmax_k p_k/λ_k, taken where p_k* / λ_k* reaches 1. Soft: ŷ_k = (p_k/λ_k)^(1/α) / Z, taken where
 * Z = Σ_j (p_j/λ_j)^(1/α) reaches 1: the minimum above is −α log Z. `hard` of a soft label is its largest class. Ties
 * go to the lowest class. Unusable rows (NaN) get no label.
 *
 * @throws UserError where thresholds or α are wrong
 * @example
 * ```ts
 * const lambda = thresholds(probabilities, { portion: 0.2 });
 * const { hard } = pseudoLabels(probabilities, { lambda }); // CBST
 * const { soft } = pseudoLabels(probabilities, { lambda, alpha: 0.25 }); // LRENT
 * ```
 * @see Zou et al., Confidence Regularized Self-Training, ICCV 2019, equations 5 and 8
 */
export function pseudoLabels(probabilities: Probabilities, options: LabelOptions): PseudoLabels {
  const { values, classes } = probabilities;
  const { lambda, alpha = 0, inclusive = true } = options;
  checkLabelOptions(classes, options);
  const count = countOf(probabilities);
  const hard = new Int32Array(count).fill(-1);
  const soft = alpha > 0 ? new Float32Array(count * classes) : undefined;
  const reaches = (value: number, bound: number) => (inclusive ? value >= bound : value > bound);
  for (let row = 0; row < count; row++) {
    if (predictedClass(probabilities, row) < 0) continue;
    const best = largestRatio(values, row * classes, lambda);
    if (soft === undefined) {
      if (reaches(values[row * classes + best]! / lambda[best]!, 1)) hard[row] = best;
      continue;
    }
    if (!reaches(logPartition(values, row * classes, lambda, alpha), 0)) continue;
    hard[row] = best;
    writeSoftLabel(values, row * classes, lambda, alpha, soft);
  }
  return { hard, classes, ...(soft === undefined ? {} : { soft }) };
}

/**
 * Labels for exactly the ⌊n_k·q⌋ most confident samples of each predicted class (the `drst` variant): the class is
 * argmax_k p_k/λ_k, soft labels are those of {@link pseudoLabels}. Equal confidences: the earlier sample first.
 *
 * @throws UserError where thresholds, α or portion are wrong
 */
export function mostConfidentLabels(
  probabilities: Probabilities,
  options: Pick<LabelOptions, 'lambda' | 'alpha'> & { readonly portion: number },
): PseudoLabels {
  const { values, classes } = probabilities;
  const { lambda, alpha = 0, portion } = options;
  checkLabelOptions(classes, options);
  checkPortion(portion);
  const count = countOf(probabilities);
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let row = 0; row < count; row++) {
    const k = predictedClass(probabilities, row);
    if (k >= 0) members[k]!.push(row);
  }
  const hard = new Int32Array(count).fill(-1);
  const soft = alpha > 0 ? new Float32Array(count * classes) : undefined;
  members.forEach((rows, predicted) => {
    const confidence = (row: number) => values[row * classes + predicted]!;
    rows.sort((a, b) => confidence(b) - confidence(a) || a - b);
    for (const row of rows.slice(0, Math.floor(rows.length * portion))) {
      hard[row] = largestRatio(values, row * classes, lambda);
      if (soft !== undefined) writeSoftLabel(values, row * classes, lambda, alpha, soft);
    }
  });
  return { hard, classes, ...(soft === undefined ? {} : { soft }) };
}

/**
 * Labels that are hard from soft ones or given by hand: one-hot rows `[count, classes]`, zeros where there is none.
 *
 * @throws UserError where a label is no class
 */
export function oneHotLabels(hard: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(hard.length * classes);
  for (let i = 0; i < hard.length; i++) {
    const k = hard[i]!;
    if (k === -1) continue;
    if (!Number.isInteger(k) || k < 0 || k >= classes) {
      throw new UserError({
        what: `label ${i} is no class`,
        got: String(k),
        expected: `0…${classes - 1}, or −1 for none`,
        fix: 'pass class indices',
      });
    }
    rows[i * classes + k] = 1;
  }
  return rows;
}

/** argmax_k p_k/λ_k of the row at `from`, ties to the lowest. */
export function largestRatio(values: ArrayLike<number>, from: number, lambda: ArrayLike<number>): number {
  let best = 0;
  let most = -1;
  for (let k = 0; k < lambda.length; k++) {
    const ratio = values[from + k]! / lambda[k]!;
    if (ratio > most) {
      most = ratio;
      best = k;
    }
  }
  return best;
}
