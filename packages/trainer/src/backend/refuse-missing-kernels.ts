import { tf, UserError } from '@syn2real/core';
import { BACKENDS, type Candidate } from './candidates.js';

/** What a kernel computes, where its name alone does not say it. */
const PURPOSES: Readonly<Record<string, string>> = {
  DepthwiseConv2dNativeBackpropFilter: "the gradient of a depthwise convolution's filter",
  DepthwiseConv2dNativeBackpropInput: "the gradient of a depthwise convolution's input",
  UnsortedSegmentSum: 'the gradient of gathered rows',
};

/**
 * Has an engine that lacks kernels say so in a UserError that names what is missing and which engines have it, instead
 * of TensorFlow.js's "not registered".
 *
 * Each kernel that TensorFlow.js's plain backend has and the engine has not is registered as one that throws; whoever
 * calls it, step, regularizer or a program of one's own, gets that error. Kernels that are there stay as they are.
 */
export function refuseMissingKernels({ name, registers }: Pick<Candidate, 'name' | 'registers'>): void {
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, registers) !== undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: registers,
      kernelFunc: ({ inputs }) => {
        throw missingKernel(name, kernelName, inputs);
      },
    });
  }
}

function missingKernel(backend: string, kernel: string, inputs: tf.NamedTensorInfoMap): UserError {
  const shapes = Object.entries(inputs).flatMap(([input, info]) =>
    [info].flat().map((tensor) => `${input} [${tensor?.shape}]`),
  );
  const others = BACKENDS.filter((candidate) => candidate.name !== backend).map(({ name }) => name);
  return new UserError({
    what: `the backend "${backend}" cannot compute ${PURPOSES[kernel] ?? kernel}`,
    got: `the kernel ${kernel} of ${shapes.join(', ')}`,
    expected: `a backend that has this kernel: ${others.join(', ')}`,
    fix: 'choose one of them, or auto',
  });
}
