import { OnnxRuntimeBackend } from './backend.js';
import { tf } from './tf.js';

/** The name under which the backend registers with TensorFlow.js. */
export const BACKEND_NAME = 'onnxruntime';

/** Registers the backend `onnxruntime` with TensorFlow.js core. */
export function registerOnnxRuntimeBackend(): void {
  if (tf.findBackendFactory(BACKEND_NAME) !== null && tf.findBackendFactory(BACKEND_NAME) !== undefined)
    return;
  tf.copyRegisteredKernels('cpu', BACKEND_NAME);
  tf.registerBackend(BACKEND_NAME, () => new OnnxRuntimeBackend(), 3);
}
