import { createRng, type ParameterRegularizer, type Params, type tf } from '@syn2real/core';
import { keepAnchor } from './anchor.js';
import { checkWeight } from './checks.js';
import { labelledLogLikelihood, sampledLogLikelihood } from './importance/log-likelihood.js';
import { importanceEntries, weightedGradient, weightedPenalty } from './importance/quadratic.js';
import { type ImportanceOptions, meanOverSamples } from './importance/stream.js';

/** Options of {@link ewc}. */
export interface EwcOptions extends ImportanceOptions {
  /** The old task's logits `[B, K]`, or `[B, h, w, K]` of a segmentation network, at these parameters. */
  logits: (params: Params, images: tf.Tensor4D) => tf.Tensor;
  /** λ. Default 100. Depends on the problem: sweep powers of ten. */
  weight?: number;
  /** `'true'`: labels drawn from the network itself; `'empirical'`: the batches' labels. Default `'true'`. */
  fisher?: 'true' | 'empirical';
  /** Of the drawn labels. Default 0. */
  seed?: number;
}

/**
 * Elastic weight consolidation: R(θ) = (λ/2) Σ_i F_i (θ_i − θ*_i)², ∇R = λ F (θ − θ*), where F_i = E_x E_y
 * [(∂ log p(y | x) / ∂θ_i)²] at θ* is the diagonal of the old task's Fisher information.
 *
 * `prepare(anchor, samples)` measures F. The true Fisher draws y from p(· | x), one draw an image, and needs no labels;
 * the empirical one reads the batches' labels, class indices or one-hot, of which those outside 0…K−1 do not count. Of a
 * dense output, log p sums over positions, each with a label of its own. `per: 'batch'` takes (Σ_i g_i)²/B, the images'
 * gradients summed before the square: unbiased for the true Fisher, whose scores have mean 0, with more variance.
 *
 * Costs before training: a forward and a backward pass an image (or a batch); in training: one multiplication more than
 * L2. The state, twice the anchor's size, holds `anchor/<name>` and `importance/<name>`; parameters that the anchor lacks
 * are left free. State, penalty and gradient belong to the caller, or to the enclosing `tf.tidy`; a batch may be disposed
 * once the next one is asked for. Same seed, same samples: same state.
 *
 * @throws RangeError where the weight is negative; UserError from `prepare` without samples or (empirical) labels, or
 * where a value is not finite
 * @example
 * ```ts
 * const consolidation = ewc({ weight: 100, logits: (params, images) => oldHead(backbone(params, images)) });
 * const state = await consolidation.prepare(params, samples);
 * ```
 * @see Kirkpatrick et al.: Overcoming catastrophic forgetting in neural networks (PNAS 2017), eq. 3
 */
export function ewc(options: EwcOptions): ParameterRegularizer {
  const name = 'ewc';
  const { logits, weight = 100, fisher = 'true', seed = 0, per, onProgress } = options;
  checkWeight(name, weight);
  if (fisher !== 'true' && fisher !== 'empirical') {
    throw new RangeError(`${name}: the Fisher is 'true' or 'empirical'; got ${JSON.stringify(fisher)}.`);
  }
  return {
    name,
    async prepare(anchor, samples) {
      const rng = createRng(seed);
      const importances = await meanOverSamples({
        regularizer: name,
        anchor,
        samples,
        per,
        onProgress,
        score(params, { images, labels }) {
          const scores = logits(params, images);
          if (fisher === 'true') return sampledLogLikelihood(scores, rng);
          if (labels === undefined) throw new Error(`${name}: the empirical Fisher needs labels.`);
          return labelledLogLikelihood(scores, labels);
        },
        share: (gradient) => gradient.square(),
      });
      return { ...(await keepAnchor(anchor)), ...importanceEntries(importances) };
    },
    penalty: weightedPenalty(name, weight / 2),
    gradient: weightedGradient(name, weight / 2),
  };
}
