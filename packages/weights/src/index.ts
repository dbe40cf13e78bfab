export { fromFloat32, fromInt64, toFloat32 } from './convert.js';
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors/header.js';
export {
  openSafetensors,
  parseSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
} from './safetensors/read.js';
export { serializeSafetensors, writeSafetensors } from './safetensors/write.js';
export {
  BYTES_PER_ELEMENT,
  type DType,
  emptyStateDict,
  type StateDict,
  type TensorRecord,
} from './tensor-record.js';
