import type { DataType, Tensor, TensorContainer } from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { tf } from './tf.js';

export type Values = Float32Array | Int32Array | Uint8Array;

/** A small seeded generator: tests are the same everywhere. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Values in (-1, 1) that depend on the shape and the seed alone. */
export function randomTensor(shape: readonly number[], seed: number): Tensor {
  const next = generator(seed * 7919 + shape.length);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => next() * 2 - 1),
    [...shape],
  );
}

const ARRAYS: Record<DataType, new (size: number) => object> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  complex64: Float32Array,
  string: Array,
};

/** What `compute` gives on a backend, read there; nothing stays allocated. */
export function valuesOn(
  backend: string,
  compute: () => Tensor | Tensor[],
): { shape: number[]; dtype: DataType; values: Values }[] {
  const before = tf.getBackend();
  tf.setBackend(backend);
  try {
    const tensors = tf.tidy(() => compute() as TensorContainer) as Tensor | Tensor[];
    const list = Array.isArray(tensors) ? tensors : [tensors];
    const read = list.map((tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: tensor.dataSync() as Values,
    }));
    tf.dispose(list);
    return read;
  } finally {
    tf.setBackend(before);
  }
}

/** The largest difference, relative to the largest magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let scale = 1e-6;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Number.isNaN(a) !== Number.isNaN(e)) return Number.POSITIVE_INFINITY;
    if (a === e || Number.isNaN(a)) continue;
    difference = Math.max(difference, Math.abs(a - e));
    scale = Math.max(scale, Math.abs(e));
  }
  return difference / scale;
}

/** Compares with the CPU backend. */
export function expectLikeCpu(compute: () => Tensor | Tensor[], tolerance = 1e-5): void {
  const actual = valuesOn('onnxruntime', compute);
  const expected = valuesOn('cpu', compute);
  expect(actual.length).toBe(expected.length);
  actual.forEach((tensor, i) => {
    expect(tensor.shape).toEqual(expected[i]!.shape);
    expect(tensor.values).toBeInstanceOf(ARRAYS[tensor.dtype]);
    expect(tensor.dtype).toBe(expected[i]!.dtype);
    expect(relativeError(tensor.values, expected[i]!.values)).toBeLessThan(tolerance);
  });
}

/**
 * Compares the gradient of Σ f(x)·r with central differences along random directions, computed in float64 from
 * float32 results of the backend.
 */
export function expectGradient(
  f: (x: Tensor) => Tensor,
  shape: readonly number[],
  { seed = 1, step = 1e-2, tolerance = 2e-3 }: { seed?: number; step?: number; tolerance?: number } = {},
): void {
  const before = tf.getBackend();
  tf.setBackend('onnxruntime');
  try {
    const x = randomTensor(shape, seed);
    const y = f(x);
    const r = randomTensor(y.shape, seed + 1);
    const gradient = tf.grad((input: Tensor) => f(input).mul(r).sum())(x);
    const weights = r.dataSync() as Float32Array;
    const sum = (values: Float32Array, weight: (i: number) => number) =>
      values.reduce((total, value, i) => total + value * weight(i), 0);
    const inner = (tensor: Tensor) => sum(tensor.dataSync() as Float32Array, (i) => weights[i]!);
    for (let direction = 0; direction < 3; direction++) {
      const d = randomTensor(shape, seed + 10 + direction);
      const analytic = sum(tf.tidy(() => gradient.mul(d)).dataSync() as Float32Array, () => 1);
      const numeric =
        (inner(f(tf.tidy(() => x.add(d.mul(step))))) - inner(f(tf.tidy(() => x.sub(d.mul(step)))))) /
        (2 * step);
      const scale = Math.max(1, Math.abs(numeric));
      expect(Math.abs(analytic - numeric) / scale).toBeLessThan(tolerance);
    }
  } finally {
    tf.setBackend(before);
  }
}
