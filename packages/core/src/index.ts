export type { Controller, Observation } from './controller.js';
export type {
  ClassMap,
  ConfusionMatrix,
  DenseOracle,
  DenseReading,
  DenseSourceDomain,
  ImageRef,
  ImageSize,
  Oracle,
  OracleReading,
  SourceDomain,
  TargetDomain,
} from './domain.js';
export { isUserError, UserError, type UserErrorParts } from './errors.js';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.js';
export { crossEntropyToTeacher, klDivergence, type TeacherLossOptions } from './losses/kl-divergence.js';
export {
  accuracy,
  addToConfusion,
  emptyConfusion,
  meanClassAccuracy,
  meanIou,
  perClassIou,
  perClassRecall,
} from './metrics/confusion.js';
export type { DenseHead, FeatureName, Features, Head, Network } from './network.js';
export { type AvgPoolOptions, avgPool } from './ops/avg-pool.js';
export { conv2d } from './ops/conv2d.js';
export type { Padding, PerAxis } from './ops/padding.js';
export { type ResizeOptions, resizeBilinear, resizeNearest } from './ops/resize.js';
export { partition } from './optimizers/partition.js';
export { fixedSgd, type GroupOf, type NesterovSgdOptions, type SgdOptions, sgd } from './optimizers/sgd.js';
export {
  type Buffers,
  cloneParams,
  disposeParams,
  filterParams,
  type GroupRates,
  keepParams,
  mapParams,
  type Params,
  param,
  zerosLikeParams,
} from './params.js';
export type {
  FunctionRegularizer,
  OldHead,
  ParameterRegularizer,
  RegularizedStep,
  RegularizerBatch,
  TeacherRecord,
} from './regularizer.js';
export { releaseMemory } from './release-memory.js';
export { createRng, type Rng, type RngState, restoreRng } from './rng/rng.js';
export {
  constant,
  type Schedule,
  type WarmupPolyFloorOptions,
  warmupPolyFloor,
} from './schedules/schedule.js';
export { tf } from './tf.js';
export type { OptimizerState, Transform } from './transform.js';
