import { type Params, tf } from '@syn2real/core';
import { expect } from 'vitest';

/** Asserts that values are within `tolerance` (absolute) of the expected ones. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    expect(off, `value ${i}: ${actual[i]} instead of ${expected[i]}`).toBeLessThanOrEqual(tolerance);
  }
}

/** The bits of a record of tensors, to be compared or stored. */
export function bitsOf(params: Params): Record<string, { shape: number[]; bits: number[] }> {
  return Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const values = Float32Array.from(tensor.dataSync());
      return [name, { shape: [...tensor.shape], bits: Array.from(new Uint32Array(values.buffer)) }];
    }),
  );
}

/** Tensors with the bits that {@link bitsOf} has read. */
export function fromBits(stored: ReturnType<typeof bitsOf>): Params {
  return Object.fromEntries(
    Object.entries(stored).map(([name, { shape, bits }]) => [
      name,
      tf.tensor(new Float32Array(Uint32Array.from(bits).buffer), shape, 'float32'),
    ]),
  );
}
