import { UserError } from '@syn2real/core';
import { countOf, type Probabilities, predictedClass } from '../probabilities.js';

/** Pseudo-labels of samples. */
export interface PseudoLabels {
  /** Class of each sample, −1 where none is given. */
  readonly hard: Int32Array;
  /** `[count, classes]`: distributions; rows of zeros where no label is given. Only of soft labels. */
  readonly soft?: Float32Array;
  readonly classes: number;
}

/** How labels are chosen. */
export interface LabelOptions {
  /** λ by class; see `thresholds`. */
  readonly lambda: ArrayLike<number>;
  /**
   * α of LRENT: labels become ŷ_k ∝ (p_k/λ_k)^(1/α). 0 is CBST's hard label. Default 0.
   */
  readonly alpha?: number;
  /** Whether a sample that just reaches its threshold gets a label (`crst` takes it, `udacu` does not). Default true. */
  readonly inclusive?: boolean;
}

function check(classes: number, { lambda, alpha = 0 }: LabelOptions): void {
  const isRight = lambda.length === classes && Array.from(lambda).every((l) => l > 0);
  if (isRight && alpha >= 0 && Number.isFinite(alpha)) return;
  throw new UserError({
    what: 'these thresholds or this α cannot choose labels',
    got: `λ = [${Array.from(lambda).join(', ')}], α = ${alpha}`,
    expected: `${classes} positive thresholds and α ≥ 0`,
    fix: 'take λ from thresholds(…), and α = 0 for hard labels or 0.25 for LRENT',
  });
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
  check(classes, options);
  const count = countOf(probabilities);
  const hard = new Int32Array(count).fill(-1);
  const soft = alpha > 0 ? new Float32Array(count * classes) : undefined;
  const ratios = new Float64Array(classes);
  const reaches = (value: number, bound: number) => (inclusive ? value >= bound : value > bound);
  for (let row = 0; row < count; row++) {
    if (predictedClass(probabilities, row) < 0) continue;
    let best = 0;
    for (let k = 0; k < classes; k++) {
      ratios[k] = values[row * classes + k]! / lambda[k]!;
      if (ratios[k]! > ratios[best]!) best = k;
    }
    const most = ratios[best]!;
    if (soft === undefined) {
      if (reaches(most, 1)) hard[row] = best;
      continue;
    }
    const relative = ratios.map((ratio) => (ratio / most) ** (1 / alpha));
    const sum = relative.reduce((a, b) => a + b, 0);
    if (!reaches(Math.log(most) / alpha + Math.log(sum), 0)) continue;
    hard[row] = best;
    for (let k = 0; k < classes; k++) soft[row * classes + k] = relative[k]! / sum;
  }
  return { hard, classes, ...(soft === undefined ? {} : { soft }) };
}

/**
 * Hard labels for exactly the ⌊n_k·q⌋ most confident samples of each predicted class (the `drst` variant): the label is
 * argmax_k p_k/λ_k. Equal confidences: the earlier sample first.
 *
 * @throws UserError where the thresholds are wrong
 */
export function mostConfidentLabels(
  probabilities: Probabilities,
  { lambda, portion }: { readonly lambda: ArrayLike<number>; readonly portion: number },
): PseudoLabels {
  const { values, classes } = probabilities;
  check(classes, { lambda });
  const count = countOf(probabilities);
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let row = 0; row < count; row++) {
    const k = predictedClass(probabilities, row);
    if (k >= 0) members[k]!.push(row);
  }
  const hard = new Int32Array(count).fill(-1);
  members.forEach((rows, predicted) => {
    const confidence = (row: number) => values[row * classes + predicted]!;
    rows.sort((a, b) => confidence(b) - confidence(a) || a - b);
    for (const row of rows.slice(0, Math.floor(rows.length * portion))) {
      let best = 0;
      for (let k = 1; k < classes; k++) {
        const at = row * classes;
        if (values[at + k]! / lambda[k]! > values[at + best]! / lambda[best]!) best = k;
      }
      hard[row] = best;
    }
  });
  return { hard, classes };
}
