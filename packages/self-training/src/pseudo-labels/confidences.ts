import type { Probabilities } from '../probabilities.js';
import type { ThresholdOptions } from './threshold-rule.js';

/**
 * Collects the confidences of a target set piece by piece (image by image), and takes thresholds from them.
 *
 * `add` gives a new state and leaves the old one as it was; a state is plain data.
 */
export interface ConfidenceCollector<State> {
  /** Confidences of nothing yet. */
  init(): State;
  /** With those of some more samples. @throws UserError where the probabilities are not rows of this many classes */
  add(state: State, probabilities: Probabilities): State;
  /** λ by class, `[classes]`. @throws UserError where the portion is out of range */
  thresholds(state: State, options: ThresholdOptions): Float64Array;
}
