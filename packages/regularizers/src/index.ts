export { addToAverage, emptyAverage, type RunningAverage } from './averaging/running-average.js';
export { type Swad, type SwadOptions, type SwadSegment, type SwadState, swad } from './averaging/swad.js';
export { wiseFt } from './averaging/wise-ft.js';
export { type DenseProxyGuidanceOptions, denseProxyGuidance } from './dense-proxy-guidance.js';
export { type EwcOptions, ewc } from './ewc.js';
export { type FeatureDistillationOptions, featureDistillation } from './feature-distillation.js';
export { type HeadFirstOptions, headFirst, type TrainingPhases } from './fine-tuning/head-first.js';
export type { ImportanceOptions } from './importance/stream.js';
export { type L2DistanceOptions, type L2SpOptions, l2Distance, l2Sp } from './l2.js';
export {
  type LearningWithoutForgettingOptions,
  learningWithoutForgetting,
} from './learning-without-forgetting.js';
export { type MasOptions, mas } from './mas.js';
export type { Grid, PoolPatch } from './patches.js';
export { type ProxyGuidanceOptions, proxyGuidance } from './proxy-guidance.js';
export { type RoadOptions, road } from './road.js';
export { type SiOptions, type SiTrajectory, type SynapticIntelligence, si } from './si.js';
