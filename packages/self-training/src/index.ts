export { type CentroidLabelsOptions, centroidLabels } from './adapters/centroid-labels.js';
export {
  type InformationMaximisationOptions,
  informationMaximisation,
} from './adapters/information-maximisation.js';
export { type ConfidentLabelsOptions, confidentLabels, movingAverage } from './adapters/mean-teacher.js';
export { type LabelMap, type LabelMapOptions, labelMap, NO_LABEL } from './dense/label-map.js';
export {
  type CropPlace,
  type MapSize,
  type MinedClassesOptions,
  type MinedCropOptions,
  minedClasses,
  minedCrop,
  rarestClasses,
} from './dense/patch-mining.js';
export { type SoftLabelMap, softLabelMap } from './dense/soft-label-map.js';
export type { ConfidenceName } from './losses/confidence.js';
export { confidence } from './losses/confidence.js';
export type {
  SelfTrainingLossOptions,
  SelfTrainingRows,
  WeightedConfidence,
} from './losses/self-training-loss.js';
export { selfTrainingLoss } from './losses/self-training-loss.js';
export { type CrstMethod, type CrstWeights, crstMethod } from './methods.js';
export type { Probabilities } from './probabilities.js';
export type { ConfidenceCollector } from './pseudo-labels/confidences.js';
export {
  type ConfidenceHistogram,
  type HistogramConfidencesOptions,
  histogramConfidences,
} from './pseudo-labels/histogram-confidences.js';
export type { LabelOptions } from './pseudo-labels/label-options.js';
export {
  mostConfidentLabels,
  oneHotLabels,
  type PseudoLabels,
  pseudoLabels,
} from './pseudo-labels/pseudo-labels.js';
export {
  type SampledConfidences,
  type SampledConfidencesOptions,
  sampledConfidences,
} from './pseudo-labels/sampled-confidences.js';
export { type ThresholdOptions, type ThresholdRule, thresholdOf } from './pseudo-labels/threshold-rule.js';
export { thresholds } from './pseudo-labels/thresholds.js';
export {
  addToTally,
  emptyTally,
  type LabelledProbabilities,
  type RoundPlan,
  type RoundReport,
  type RoundTally,
  roundReport,
} from './rounds/report.js';
export {
  type RoundInput,
  type Rounds,
  type RoundsOptions,
  type RoundsState,
  rounds,
} from './rounds/rounds.js';
export type { GrowingShare } from './schedule/portions.js';
export {
  SOURCE_SHARE,
  SOURCE_SHARE_SEGMENTATION,
  shareOfRound,
  TARGET_PORTION,
} from './schedule/portions.js';
export { sourceSubset } from './schedule/source-subset.js';
