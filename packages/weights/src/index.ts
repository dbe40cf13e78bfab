export { fromFloat32, fromInt64, toFloat32 } from './convert.js';
export {
  type LoadedStateDict,
  type LoadStateDictOptions,
  loadStateDict,
  STATE_DICT_KEYS,
} from './load-state-dict.js';
export { type CheckStateDictOptions, checkStateDict } from './params/check-state-dict.js';
export { defaultLayout, type Layout } from './params/layout.js';
export { toTorchvisionNames } from './params/timm-names.js';
export {
  type LayoutOptions,
  lazyStateDict,
  type ParamsAndBuffers,
  toParams,
  toStateDict,
} from './params/to-params.js';
export type { PytorchFormat, ReadPytorchOptions } from './pytorch/archive.js';
export { DEFAULT_PICKLE_LIMITS, type PickleLimits } from './pytorch/machine.js';
export { type PytorchCheckpoint, parsePytorch, readPytorch } from './pytorch/read.js';
export type { CheckpointValue } from './pytorch/value.js';
export { type CacheEnvironment, cacheFolder } from './resolve/cache-folder.js';
export type { Fetch, FetchInit } from './resolve/fetch-file.js';
export { KNOWN_WEIGHTS, type KnownWeights } from './resolve/known-weights.js';
export type { DownloadProgress } from './resolve/receive.js';
export {
  type ResolvedWeights,
  type ResolveWeightsOptions,
  resolveWeights,
} from './resolve/resolve-weights.js';
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors/header.js';
export {
  openSafetensors,
  parseSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
} from './safetensors/read.js';
export { safetensorsChunks, serializeSafetensors, writeSafetensors } from './safetensors/write.js';
export type { WeightsFormat } from './sniff.js';
export {
  BYTES_PER_ELEMENT,
  type DType,
  emptyStateDict,
  type LazyStateDict,
  type LazyTensorRecord,
  type StateDict,
  type TensorRecord,
} from './tensor-record.js';
