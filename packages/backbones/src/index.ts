export type { Backbone, InputConfig, Shapes } from './backbone.js';
export { asgHead, bindHead, type HeadOptions, linearHead, oldHead, type ShapedHead } from './heads.js';
export { backboneNames, createBackbone } from './registry.js';
export { type ResNetOptions, resnet } from './resnet.js';
export type { ResNetSpec } from './resnet-spec.js';
export {
  expectedState,
  type LoadedState,
  type LoadStateDictOptions,
  loadStateDict,
  type TorchStateDict,
  toStateDict,
} from './state-dict.js';
export type { TorchTensor } from './torch-layout.js';
