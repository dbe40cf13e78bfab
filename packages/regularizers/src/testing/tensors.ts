import { createRng, type Params, tf } from '@syn2real/core';
import { expect } from 'vitest';

/** Standard normal values from a seed. */
export function randomTensor(shape: readonly number[], seed: number): tf.Tensor {
  const rng = createRng(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => rng.normal()),
    [...shape],
  );
}

/** A float32 tensor's values. */
export async function floats(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}

/** The only value of a scalar. */
export async function scalarValue(scalar: tf.Tensor): Promise<number> {
  const [value] = await floats(scalar);
  return value!;
}

/** Expects every element within `tolerance`. */
export async function expectValues(
  got: tf.Tensor,
  wanted: ArrayLike<number>,
  tolerance = 1e-5,
): Promise<void> {
  const values = await floats(got);
  expect(values.length).toBe(wanted.length);
  for (const [at, value] of values.entries()) {
    expect(Math.abs(value - wanted[at]!), `${at}: ${value} for ${wanted[at]}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Runs `f` twice, and expects the second time to leave as many tensors as it found. */
export async function expectNoLeak(f: () => Promise<void> | void): Promise<void> {
  await f();
  const before = tf.memory().numTensors;
  await f();
  expect(tf.memory().numTensors).toBe(before);
}

/** The same values in tensors made anew, as after a checkpoint. */
export async function savedAndLoaded(state: Params): Promise<Params> {
  const saved: [string, number[], Float32Array][] = [];
  for (const [name, tensor] of Object.entries(state)) saved.push([name, tensor.shape, await floats(tensor)]);
  return Object.fromEntries(saved.map(([name, shape, data]) => [name, tf.tensor(data, shape)]));
}

/**
 * Expects the slope of `f` at `x` along a random direction, by central differences, to be `gradient`'s.
 *
 * The best of three step lengths counts: too long bends, too short drowns in float32.
 */
export async function expectSlope(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  gradient: tf.Tensor,
  seed: number,
): Promise<void> {
  const direction = randomTensor(x.shape, seed);
  const slope = tf.tidy(() => gradient.mul(direction).sum());
  const wanted = await scalarValue(slope);
  const errors: number[] = [];
  for (const step of [3e-2, 1e-2, 3e-3]) {
    const [ahead, behind] = [step, -step].map((by) => tf.tidy(() => f(x.add(direction.mul(by)))));
    const quotient = ((await scalarValue(ahead!)) - (await scalarValue(behind!))) / (2 * step);
    errors.push(Math.abs(quotient - wanted) / Math.max(Math.abs(wanted), 0.1));
    tf.dispose([ahead!, behind!]);
  }
  expect(Math.min(...errors), `slope ${wanted}, relative errors ${errors}`).toBeLessThan(3e-3);
  tf.dispose([direction, slope]);
}
