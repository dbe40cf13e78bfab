export type { ConfidenceName } from './losses/confidence.js';
export { confidence } from './losses/confidence.js';
export type { SelfTrainingRows, WeightedConfidence } from './losses/self-training-loss.js';
export { selfTrainingLoss } from './losses/self-training-loss.js';
export type { Probabilities } from './probabilities.js';
export type { LabelOptions, PseudoLabels } from './pseudo-labels/pseudo-labels.js';
export { mostConfidentLabels, pseudoLabels } from './pseudo-labels/pseudo-labels.js';
export type { ThresholdOptions, ThresholdRule } from './pseudo-labels/thresholds.js';
export { thresholdOf, thresholds } from './pseudo-labels/thresholds.js';
export type { GrowingShare } from './schedule/portions.js';
export {
  SOURCE_SHARE,
  SOURCE_SHARE_SEGMENTATION,
  shareOfRound,
  TARGET_PORTION,
} from './schedule/portions.js';
