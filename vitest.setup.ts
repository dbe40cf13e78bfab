import { createRequire } from 'node:module';
import { beforeAll } from 'vitest';
import { restoreUtil } from './packages/trainer/src/backend/restore-util.js';

/**
 * Which TensorFlow.js backend the tests run on: SYN2REAL_TEST_BACKEND = onnxruntime (default) | cpu | tensorflow.
 * `tensorflow` is a real tfjs-node: installed, or built into the folder TFJS_NODE_DIR.
 */
const backend = process.env.SYN2REAL_TEST_BACKEND ?? 'onnxruntime';
(globalThis as { syn2realTestBackend?: string }).syn2realTestBackend = backend;

if (backend === 'tensorflow') {
  // Two copies of TensorFlow.js share one registry: tfjs-node's own and the packages'. Each says so per kernel.
  const warn = console.warn;
  console.warn = (...args: unknown[]) => {
    if (!/already registered|Platform node has already been set/.test(String(args[0]))) warn(...args);
  };
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreUtil();
  const from = process.env.TFJS_NODE_DIR ? `${process.env.TFJS_NODE_DIR}/package.json` : import.meta.url;
  createRequire(from)('@tensorflow/tfjs-node');
}

beforeAll(async () => {
  const tfBackend = (globalThis as { _tfengine?: { registryFactory: Record<string, unknown> } })._tfengine;
  if (tfBackend === undefined) return;
  if (backend === 'onnxruntime') await import('@syn2real/tfjs-backend-onnxruntime');
  const { tf } = await import('@syn2real/core');
  if (!(await tf.setBackend(backend))) {
    throw new Error(
      `The tests were asked to run on the TensorFlow.js backend "${backend}", which could not start.`,
    );
  }
});
