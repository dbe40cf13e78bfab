import { UserError } from '@syn2real/core';

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

/** The threshold of `n` confidences, of which `largest(i)` is the i-th largest, counted from 0. */
export function thresholdAt(
  n: number,
  largest: (place: number) => number,
  portion: number,
  rule: ThresholdRule,
): number {
  if (n === 0) return rule === 'drst' ? 1e12 : 1;
  if (rule === 'udacu') return largest(Math.floor((n - 1) * portion));
  const number = Math.floor(n * portion);
  if (number > 0) return largest(number - 1);
  return rule === 'drst' ? largest(n - 1) : 1;
}

/** The threshold of confidences sorted downwards. */
export function thresholdOf(
  sorted: ArrayLike<number>,
  portion: number,
  rule: ThresholdRule = 'crst',
): number {
  return thresholdAt(sorted.length, (place) => sorted[place]!, portion, rule);
}
