import type { tf } from '@syn2real/core';

/**
 * Whether the tests run on TensorFlow.js's plain CPU backend, whose convolution gradients take minutes where the
 * other backends take seconds. The large networks' gradients are then left to the other lanes.
 */
export const onPlainCpu = (globalThis as { syn2realTestBackend?: string }).syn2realTestBackend === 'cpu';

/** A float32 tensor's values. */
export async function floats(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}

/** Where two arrays first differ, or −1: an assertion on large arrays takes too long element by element. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  return a.length === b.length ? a.findIndex((value, at) => value !== b[at]) : Math.min(a.length, b.length);
}
