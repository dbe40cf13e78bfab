export { adaptiveAvgPool } from './adaptive-avg-pool.js';
export type { Backbone, InputConfig, Shapes } from './backbone.js';
export { createFcn, type Fcn, type FcnOptions } from './dense/create-fcn.js';
export { type Fcn8sHeadOptions, fcn8sHead } from './dense/fcn8s-head.js';
export { asppHead, fcnHead, type ResNetHeadOptions } from './dense/resnet-heads.js';
export type { ShapedDenseHead } from './dense/shaped-dense-head.js';
export { expectedState } from './expected-state.js';
export {
  asgHead,
  bindHead,
  type HeadOptions,
  linearHead,
  oldHead,
  type ShapedHead,
  vggOldHead,
} from './heads.js';
export { type BackboneOptions, backboneNames, createBackbone } from './registry.js';
export { type ResNetOptions, resnet } from './resnet.js';
export type { ResNetSpec } from './resnet-spec.js';
export { type SplitState, splitState } from './split-state.js';
export { toIbnState } from './to-ibn-state.js';
export { fcnFromVgg, type VggOptions, type VggSpec, vgg } from './vgg.js';
