export type { Backbone, InputConfig, Shapes } from './backbone.js';
export { expectedState } from './expected-state.js';
export { asgHead, bindHead, type HeadOptions, linearHead, oldHead, type ShapedHead } from './heads.js';
export { backboneNames, createBackbone } from './registry.js';
export { type ResNetOptions, resnet } from './resnet.js';
export type { ResNetSpec } from './resnet-spec.js';
export { type SplitState, splitState } from './split-state.js';
