import { UserError } from '@syn2real/core';
import { countOf, type Probabilities, predictedClass } from '../probabilities.js';

/**
 * Which member of a class's confidences, sorted downwards, is its threshold (n of them, portion q):
 * - `crst`: the released segmentation code, number ⌊n·q⌋ counted from 1; 1 where that is 0 or the class is empty.
 * - `udacu`: a published descendant for VisDA-17, number ⌊(n−1)·q⌋ counted from 0; 1 where the class is empty.
 * - `drst`: another one, as `crst`, but an empty class has 1e12, and where ⌊n·q⌋ is 0 it takes the smallest (a slip).
 */
export type ThresholdRule = 'crst' | 'udacu' | 'drst';

/** How thresholds are taken from the confidences. */
export interface ThresholdOptions {
  /** q, share of the samples predicted as a class that its threshold lets through. 0…1. */
  readonly portion: number;
  /** Default `crst`. */
  readonly rule?: ThresholdRule;
  /** `class`: λ_k from the samples predicted as k (CBST). `global`: one λ from all samples, for every class. Default `class`. */
  readonly balance?: 'class' | 'global';
}

/** @throws UserError where the portion is not in 0…1 */
export function checkPortion(portion: number): void {
  if (portion >= 0 && portion <= 1) return;
  throw new UserError({
    what: 'the portion of pseudo-labels is out of range',
    got: String(portion),
    expected: 'a number from 0 to 1',
    fix: 'pass 0.2 to take the 20 % most confident of each class',
  });
}

/** The threshold of confidences sorted downwards. */
export function thresholdOf(
  sorted: ArrayLike<number>,
  portion: number,
  rule: ThresholdRule = 'crst',
): number {
  const n = sorted.length;
  if (n === 0) return rule === 'drst' ? 1e12 : 1;
  if (rule === 'udacu') return sorted[Math.floor((n - 1) * portion)]!;
  const number = Math.floor(n * portion);
  if (number > 0) return sorted[number - 1]!;
  return rule === 'drst' ? sorted[n - 1]! : 1;
}

/**
 * Thresholds λ by class: the confidence that the portion q of the samples predicted as a class reaches.
 *
 * λ_k = the ⌊n_k·q⌋-th largest of {max_j p_j : argmax_j p_j = k}; rules differ at the edges, see {@link ThresholdRule}.
 *
 * Unusable rows (NaN) are left out. Memory: one number a sample.
 *
 * @returns λ, one per class
 * @throws UserError where the portion or the shape is wrong
 * @example
 * ```ts
 * const lambda = thresholds({ values: await softmax.data(), classes: 12 }, { portion: 0.2 });
 * ```
 * @see Zou et al., Unsupervised Domain Adaptation for Semantic Segmentation via Class-Balanced Self-Training, ECCV
 * 2018, Algorithm 1
 */
export function thresholds(probabilities: Probabilities, options: ThresholdOptions): Float64Array {
  const { portion, rule = 'crst', balance = 'class' } = options;
  checkPortion(portion);
  const { values, classes } = probabilities;
  const count = countOf(probabilities);
  const confidences: number[][] = Array.from({ length: classes }, () => []);
  for (let row = 0; row < count; row++) {
    const k = predictedClass(probabilities, row);
    if (k >= 0) confidences[balance === 'class' ? k : 0]!.push(values[row * classes + k]!);
  }
  const lambda = confidences.map((of) => thresholdOf(Float64Array.from(of).sort().reverse(), portion, rule));
  return Float64Array.from({ length: classes }, (_, k) => lambda[balance === 'class' ? k : 0]!);
}
