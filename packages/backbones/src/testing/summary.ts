import { expect } from 'vitest';
import { hashProjection } from './hash-tensor.js';
import { torchOrder } from './torch.js';

/** A tensor as the goldens store it. */
export interface Summary {
  norm: number;
  projections: readonly [number, number];
  first: readonly number[];
}

/** A tensor read back. */
export interface Values {
  shape: readonly number[];
  data: Float32Array;
}

/**
 * Expects a tensor to be the one summarised, to within `tolerance` of its norm: the projection of an error e on a
 * hashed direction is about ‖e‖ / √3.
 *
 * @param key what the capturing script called it
 * @param floor error that is allowed in any case, absolute
 */
export async function expectSummary(
  key: string,
  { shape, data }: Values,
  golden: Summary,
  tolerance: number,
  floor = 0,
): Promise<void> {
  const values = key.startsWith('feature/') ? data : await torchOrder(data, shape);
  const norm = normOf(values);
  const limit = tolerance * golden.norm + floor;
  expect(Math.abs(norm - golden.norm), `norm of ${key}: ${norm} for ${golden.norm}`).toBeLessThanOrEqual(
    limit,
  );
  golden.projections.forEach((wanted, at) => {
    const got = hashProjection(`${key}/direction${at}`, values);
    expect(Math.abs(got - wanted), `projection of ${key}: ${got} for ${wanted}`).toBeLessThanOrEqual(limit);
  });
  golden.first.forEach((wanted, at) => {
    expect(Math.abs(values[at]! - wanted), `${key}[${at}]: ${values[at]} for ${wanted}`).toBeLessThanOrEqual(
      limit,
    );
  });
}

/** Expects every element within `tolerance` of the largest. */
export function expectClose(
  key: string,
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
): void {
  expect(got.length, key).toBe(wanted.length);
  let largest = 0;
  let error = 0;
  for (let at = 0; at < wanted.length; at++) {
    largest = Math.max(largest, Math.abs(wanted[at]!));
    error = Math.max(error, Math.abs(got[at]! - wanted[at]!));
  }
  expect(error, `largest error of ${key}, whose largest value is ${largest}`).toBeLessThanOrEqual(
    tolerance * largest,
  );
}

/** Little-endian float32 from base64. */
export function decodeFloats(base64: string): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

function normOf(values: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]! * values[at]!;
  return Math.sqrt(sum);
}
