import type { FunctionRegularizer } from '@syn2real/core';
import { proxyGuidance } from './proxy-guidance.js';

/** Options of {@link learningWithoutForgetting}. */
export interface LearningWithoutForgettingOptions {
  /** λ_o. Default 1. */
  weight?: number;
  /** T. Default 2. */
  temperature?: number;
}

/**
 * Learning without Forgetting: L = −(1/B) Σ_i Σ_k y'_k log ŷ'_k, with y'_k = y_k^{1/T} / Σ_j y_j^{1/T} of the frozen
 * network's old-task probabilities y, and ŷ' likewise of the trained one's.
 *
 * Sharpening probabilities by 1/T is the softmax of logits / T, so this is {@link proxyGuidance} in its cross-entropy
 * form at another temperature and weight; features, record and ownership are the same. There is no factor T². The
 * original first trains the new head alone: its warm-up, which `headFirst` says for each step.
 *
 * @throws RangeError where the weight is negative or the temperature not positive
 * @example
 * ```ts
 * const lwf = learningWithoutForgetting({ temperature: 2 });
 * ```
 * @see Li, Hoiem: Learning without forgetting (ECCV 2016), eq. 2 and 3
 */
export function learningWithoutForgetting({
  weight = 1,
  temperature = 2,
}: LearningWithoutForgettingOptions = {}): FunctionRegularizer {
  return { ...proxyGuidance({ weight, temperature, form: 'cross-entropy' }), name: 'lwf' };
}
