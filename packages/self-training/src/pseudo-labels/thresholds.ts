import type { Probabilities } from '../probabilities.js';
import { sampledConfidences } from './sampled-confidences.js';
import type { ThresholdOptions } from './threshold-rule.js';

/**
 * Thresholds λ by class: the confidence that the portion q of the samples predicted as a class reaches.
 *
 * λ_k = the ⌊n_k·q⌋-th largest of {max_j p_j : argmax_j p_j = k}; rules differ at the edges, see `ThresholdRule`.
 *
 * Unusable rows (NaN) are left out. Memory: one number a sample; for more samples than fit, see
 * `histogramConfidences`.
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
  const collector = sampledConfidences({ classes: probabilities.classes });
  return collector.thresholds(collector.add(collector.init(), probabilities), options);
}
