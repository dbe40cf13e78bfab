import { tf } from '../tf.js';

/** The current backend is the project's own, whose kernels and gradients go beyond TensorFlow.js's. */
export const isNative = (): boolean => tf.getBackend() === 'onnxruntime';
