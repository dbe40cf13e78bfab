import { expect } from 'vitest';
import { tf } from './tf.js';

/** Asserts that a tensor's values are within `tolerance` (absolute) of the expected ones. */
export function expectClose(
  actual: tf.Tensor,
  expected: readonly unknown[] | number,
  tolerance = 1e-6,
): void {
  const values = actual.dataSync();
  const wanted = (typeof expected === 'number' ? [expected] : expected).flat(
    Number.POSITIVE_INFINITY,
  ) as number[];
  expect(values.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(values[i]! - wanted[i]!);
    expect(off, `value ${i}: ${values[i]} instead of ${wanted[i]}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Runs `f` twice and asserts that the second run leaves as many tensors as it found. */
export function expectNoLeak(f: () => void): void {
  f();
  const before = tf.memory().numTensors;
  f();
  expect(tf.memory().numTensors).toBe(before);
}
