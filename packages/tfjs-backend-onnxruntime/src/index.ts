import { registerOnnxRuntimeBackend } from './register.js';

export { OnnxRuntimeBackend } from './backend.js';
export { BACKEND_NAME, registerOnnxRuntimeBackend } from './register.js';

registerOnnxRuntimeBackend();
