import { BACKEND_NAME, registerOnnxRuntimeBackend } from './register.js';
import { tf } from './tf.js';

export { type EngineStats, OnnxRuntimeBackend } from './backend.js';
export { type DeviceInfo, listDevices } from './devices.js';
export { BACKEND_NAME, registerOnnxRuntimeBackend } from './register.js';
export type { Device, OnnxRuntimeOptions } from './runtime/options.js';

if (!tf.findBackendFactory(BACKEND_NAME)) registerOnnxRuntimeBackend();
