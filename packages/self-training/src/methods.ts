import { UserError } from '@syn2real/core';
import type { ConfidenceName } from './losses/confidence.js';
import type { WeightedConfidence } from './losses/self-training-loss.js';

/** A method of the CBST family: how labels are softened and which confidences are regularised. */
export interface CrstMethod {
  /** α of LRENT; 0: hard labels. */
  readonly alpha: number;
  readonly regularisers: readonly WeightedConfidence[];
}

/** Weights of {@link crstMethod}. */
export interface CrstWeights {
  /** α of `lrent`. Default 0.25, the paper's. */
  readonly lrent?: number;
  /** Default 0.1, the paper's. */
  readonly mrkld?: number;
  /** Default 0.025; not in the released code. */
  readonly mrl2?: number;
  /** Default 0.1; not in the released code. */
  readonly mrent?: number;
  /** How the weights of `mrkld`, `mrl2` and `mrent` are meant; see {@link WeightedConfidence}. Default `once`. */
  readonly applied?: WeightedConfidence['applied'];
}

/**
 * The method of a name: `cbst`, or `lrent`, `mrkld`, `mrl2`, `mrent` joined by `+` in any order.
 *
 * @throws UserError where a part is unknown or comes twice
 * @example
 * ```ts
 * const { alpha, regularisers } = crstMethod('mrkld+lrent');
 * ```
 * @see Zou et al., Confidence Regularized Self-Training, ICCV 2019, Table 1
 */
export function crstMethod(name: string, weights: CrstWeights = {}): CrstMethod {
  const parts = name === 'cbst' ? [] : name.split('+');
  const known = ['lrent', ...CONFIDENCES];
  if (parts.some((part) => !known.includes(part)) || new Set(parts).size < parts.length) {
    throw new UserError({
      what: 'unknown method of self-training',
      got: name,
      expected: `cbst, or some of ${known.join(', ')} joined by +`,
      fix: 'for example mrkld+lrent',
    });
  }
  const { lrent = 0.25, applied = 'once' } = weights;
  return {
    alpha: parts.includes('lrent') ? lrent : 0,
    regularisers: CONFIDENCES.filter((confidence) => parts.includes(confidence)).map((confidence) => ({
      name: confidence,
      weight: weights[confidence] ?? WEIGHTS[confidence],
      applied,
    })),
  };
}

const WEIGHTS: Readonly<Record<ConfidenceName, number>> = { mrkld: 0.1, mrl2: 0.025, mrent: 0.1 };
const CONFIDENCES: readonly ConfidenceName[] = ['mrkld', 'mrl2', 'mrent'];
