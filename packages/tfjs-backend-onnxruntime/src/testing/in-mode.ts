import { BACKEND_NAME, type OnnxRuntimeOptions, registerOnnxRuntimeBackend } from '../index.js';
import { tf } from './tf.js';

/** Runs `program` on a backend of its own settings. */
export function inMode<Result>(mode: 'recorded' | 'immediate', program: () => Result): Result {
  const use = (options: OnnxRuntimeOptions) => {
    registerOnnxRuntimeBackend(options);
    tf.setBackend(BACKEND_NAME);
  };
  use({ mode });
  try {
    return program();
  } finally {
    use({});
  }
}
