import type { KernelConfig } from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './backend.js';
import { requireDevice } from './devices.js';
import { convKernels } from './kernels/conv.js';
import { elementwiseKernels } from './kernels/elementwise.js';
import { imageKernels } from './kernels/image.js';
import type { Kernel, KernelTable } from './kernels/kernel.js';
import { matmulKernels } from './kernels/matmul.js';
import { poolKernels } from './kernels/pool.js';
import { reduceKernels } from './kernels/reduce.js';
import { structureKernels } from './kernels/structure.js';
import { type OnnxRuntimeOptions, resolveOptions } from './runtime/options.js';
import { tf } from './tf.js';

/** The name under which the backend registers with TensorFlow.js. */
export const BACKEND_NAME = 'onnxruntime';

/** As high as tfjs-node's: where nothing is chosen, TensorFlow.js takes this backend before the plain CPU one. */
const PRIORITY = 3;

const KERNELS: KernelTable = {
  ...elementwiseKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
  ...reduceKernels,
  ...structureKernels,
  ...imageKernels,
};

function withFallback(name: string, kernel: Kernel): KernelConfig {
  const cpu = tf.getKernel(name, 'cpu');
  if (cpu === undefined) throw new Error(`TensorFlow.js has no CPU kernel '${name}' to fall back on.`);
  return {
    ...cpu,
    backendName: BACKEND_NAME,
    kernelFunc: (params) =>
      kernel({
        backend: params.backend as OnnxRuntimeBackend,
        inputs: params.inputs,
        attrs: params.attrs ?? {},
      }) ?? cpu.kernelFunc(params),
  };
}

function registerKernels(): void {
  for (const config of tf.getKernelsForBackend('cpu')) {
    const own = KERNELS[config.kernelName];
    const registered = tf.getKernel(config.kernelName, BACKEND_NAME) !== undefined;
    if (registered) continue;
    tf.registerKernel(
      own === undefined ? { ...config, backendName: BACKEND_NAME } : withFallback(config.kernelName, own),
    );
  }
}

/**
 * Registers the backend `onnxruntime` with TensorFlow.js core. Importing the package does so with the default
 * options; call it before the backend's first use to set others.
 *
 * @param options See {@link OnnxRuntimeOptions}.
 * @throws Error when an option is invalid or the device cannot be used (at once), or when ONNX Runtime cannot be loaded (at the first graph).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { registerOnnxRuntimeBackend } from '@syn2real/tfjs-backend-onnxruntime';
 * registerOnnxRuntimeBackend({ intraOpThreads: 4 });
 * await tf.setBackend('onnxruntime');
 * ```
 */
export function registerOnnxRuntimeBackend(options: OnnxRuntimeOptions = {}): void {
  requireDevice(resolveOptions(options).device);
  registerKernels();
  if (tf.findBackendFactory(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
  tf.registerBackend(BACKEND_NAME, () => new OnnxRuntimeBackend(options), PRIORITY);
}
