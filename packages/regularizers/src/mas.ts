import type { ParameterRegularizer, Params, tf } from '@syn2real/core';
import { keepAnchor } from './anchor.js';
import { checkWeight } from './checks.js';
import { importanceEntries, weightedGradient, weightedPenalty } from './importance/quadratic.js';
import { type ImportanceOptions, meanOverSamples } from './importance/stream.js';

/** Options of {@link mas}. */
export interface MasOptions extends ImportanceOptions {
  /** The network's output, batch first, at these parameters: old-task logits, a map of them, or a feature. */
  output: (params: Params, images: tf.Tensor4D) => tf.Tensor;
  /** λ. Default 1. */
  weight?: number;
}

/**
 * Memory aware synapses: R(θ) = λ Σ_i Ω_i (θ_i − θ*_i)², ∇R = 2λ Ω (θ − θ*), where
 * Ω_i = (1/N) Σ_n |∂‖F(x_n)‖₂² / ∂θ_i| at θ* says how sensitive the output is to a parameter.
 *
 * `prepare(anchor, samples)` measures Ω on images alone, of whatever kind: no labels. Of a dense output the squared norm
 * is over all positions. `per: 'batch'` takes |Σ_n ∂‖F(x_n)‖²| of a batch, as the authors' code does: signs cancel, so it
 * is smaller.
 *
 * Costs before training: a forward and a backward pass an image (or a batch); in training: one multiplication more than
 * L2. The state, twice the anchor's size, holds `anchor/<name>` and `importance/<name>`; parameters that the anchor lacks
 * are left free. State, penalty and gradient belong to the caller, or to the enclosing `tf.tidy`; a batch may be disposed
 * once the next one is asked for. Same samples: same state.
 *
 * @throws RangeError where the weight is negative; UserError from `prepare` without samples, or where a value is not
 * finite
 * @example
 * ```ts
 * const synapses = mas({ output: (params, images) => oldHead(backbone(params, images)) });
 * const state = await synapses.prepare(params, samples);
 * ```
 * @see Aljundi et al.: Memory aware synapses (ECCV 2018), eq. 3 and 4, for F's squared norm. The authors' optimizer also
 * adds an L1 decay, which is left out
 */
export function mas({ output, weight = 1, per, onProgress }: MasOptions): ParameterRegularizer {
  const name = 'mas';
  checkWeight(name, weight);
  return {
    name,
    async prepare(anchor, samples) {
      const importances = await meanOverSamples({
        regularizer: name,
        anchor,
        samples,
        per,
        onProgress,
        score: (params, { images }) => output(params, images).square().sum(),
        share: (gradient) => gradient.abs(),
      });
      return { ...(await keepAnchor(anchor)), ...importanceEntries(importances) };
    },
    penalty: weightedPenalty(name, weight),
    gradient: weightedGradient(name, weight),
  };
}
