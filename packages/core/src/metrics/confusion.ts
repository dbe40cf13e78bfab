import type { ConfusionMatrix } from '../domain.js';

/** A confusion matrix of zeros, `classes` × `classes`. @throws RangeError where there is no class */
export function emptyConfusion(classes: number): ConfusionMatrix {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new RangeError(`A confusion matrix has at least one class; got ${classes}.`);
  }
  return { classes, counts: new Float64Array(classes * classes) };
}

/**
 * `matrix` with these pairs counted in; the matrix given stays as it is.
 *
 * Pairs whose truth is `ignoreIndex` are left out, whatever was predicted there.
 *
 * @param truth class indices
 * @param predicted class indices, as many
 * @param options ignoreIndex: truth that counts for nothing. Default 255
 * @returns a new matrix
 * @example
 * ```ts
 * let matrix = emptyConfusion(12);
 * for (const { labels, predictions } of batches) matrix = addToConfusion(matrix, labels, predictions);
 * console.log(meanClassAccuracy(matrix));
 * ```
 * @throws RangeError where a truth or prediction is outside 0…classes−1; Error where the lengths differ
 */
export function addToConfusion(
  matrix: ConfusionMatrix,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { ignoreIndex = 255 }: { ignoreIndex?: number } = {},
): ConfusionMatrix {
  if (truth.length !== predicted.length) {
    throw new Error(`${truth.length} labels but ${predicted.length} predictions.`);
  }
  const { classes } = matrix;
  const counts = matrix.counts.slice();
  for (let i = 0; i < truth.length; i++) {
    const t = truth[i]!;
    if (t === ignoreIndex) continue;
    const p = predicted[i]!;
    if (!inRange(t, classes) || !inRange(p, classes)) {
      throw new RangeError(`Pair ${i} (truth ${t}, predicted ${p}) is outside the ${classes} classes.`);
    }
    counts[t * classes + p]! += 1;
  }
  return { classes, counts };
}

function inRange(index: number, classes: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < classes;
}

/** Recall per class, TP / (TP + FN), as fractions 0…1; 0 for a class without samples. */
export function perClassRecall(matrix: ConfusionMatrix): number[] {
  return Array.from({ length: matrix.classes }, (_, c) => {
    const total = rowSum(matrix, c);
    return total === 0 ? 0 : at(matrix, c, c) / total;
  });
}

/**
 * Mean of the per-class recalls: the number that VisDA-17 reports.
 *
 * (1/K) Σ_k TP_k / (TP_k + FN_k), a fraction 0…1. Classes without samples count 0, as in the organisers' script.
 *
 * @see VisDA-2017's evaluation script
 */
export function meanClassAccuracy(matrix: ConfusionMatrix): number {
  return mean(perClassRecall(matrix));
}

/** Share of all samples predicted right; NaN where there are none. */
export function accuracy(matrix: ConfusionMatrix): number {
  let right = 0;
  let total = 0;
  for (let c = 0; c < matrix.classes; c++) {
    right += at(matrix, c, c);
    total += rowSum(matrix, c);
  }
  return right / total;
}

/**
 * Intersection over union per class, TP / (TP + FP + FN); NaN for a class neither present nor predicted.
 *
 * @see Cityscapes' pixel-level evaluation
 */
export function perClassIou(matrix: ConfusionMatrix): number[] {
  return Array.from({ length: matrix.classes }, (_, c) => {
    let column = 0;
    for (let t = 0; t < matrix.classes; t++) column += at(matrix, t, c);
    return at(matrix, c, c) / (rowSum(matrix, c) + column - at(matrix, c, c));
  });
}

/** Mean of the defined per-class IoUs. */
export function meanIou(matrix: ConfusionMatrix): number {
  return mean(perClassIou(matrix).filter((iou) => !Number.isNaN(iou)));
}

function at({ classes, counts }: ConfusionMatrix, truth: number, predicted: number): number {
  return counts[truth * classes + predicted]!;
}

function rowSum(matrix: ConfusionMatrix, truth: number): number {
  let sum = 0;
  for (let p = 0; p < matrix.classes; p++) sum += at(matrix, truth, p);
  return sum;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
