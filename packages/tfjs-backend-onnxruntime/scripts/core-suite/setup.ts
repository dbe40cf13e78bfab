import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '../../src/index';
import {
  findBackendFactory,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  removeBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

/**
 * Puts the backend in the place of `cpu`: two specs run only for a backend of that name.
 * Its fallbacks hold on to the plain CPU kernels by themselves.
 */
function takeNameOfCpu(): void {
  for (const { kernelName } of getKernelsForBackend('cpu')) unregisterKernel(kernelName, 'cpu');
  for (const config of getKernelsForBackend('onnxruntime')) registerKernel({ ...config, backendName: 'cpu' });
  removeBackend('cpu');
  const factory = findBackendFactory('onnxruntime');
  registerBackend('cpu', () => {
    const backend = factory();
    (globalThis as { coreSuiteBackends?: unknown[] }).coreSuiteBackends ??= [];
    (globalThis as { coreSuiteBackends?: unknown[] }).coreSuiteBackends?.push(backend);
    return backend;
  });
}

if (process.env.CORE_SUITE_BACKEND !== 'cpu') takeNameOfCpu();
setTestEnvs([{ name: 'cpu', backendName: 'cpu', isDataSync: true }]);
