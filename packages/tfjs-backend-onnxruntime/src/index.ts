import { BACKEND_NAME, registerOnnxRuntimeBackend } from './register.js';
import { tf } from './tf.js';

export { type EngineStats, OnnxRuntimeBackend } from './backend.js';
export { BACKEND_NAME, registerOnnxRuntimeBackend } from './register.js';
export type { OnnxRuntimeOptions } from './runtime/options.js';

if (!tf.findBackendFactory(BACKEND_NAME)) registerOnnxRuntimeBackend();
