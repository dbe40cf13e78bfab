import { type Rng, tf } from '@syn2real/core';

/**
 * A convolution kernel `[kh, kw, in, out]` from N(0, 2 / (kh·kw·out)).
 *
 * @see He, Zhang, Ren, Sun: Delving deep into rectifiers (ICCV 2015), with the fan-out as torchvision's ResNets
 */
export function kaimingNormal(shape: readonly [number, number, number, number], rng: Rng): tf.Tensor4D {
  const [kh, kw, inputs, outputs] = shape;
  const std = Math.sqrt(2 / (kh * kw * outputs));
  const values = new Float32Array(kh * kw * inputs * outputs);
  for (let at = 0; at < values.length; at++) values[at] = std * rng.normal();
  return tf.tensor4d(values, [kh, kw, inputs, outputs]);
}

/** Values from U(−1/√fanIn, +1/√fanIn): PyTorch's default for weight and bias of a linear layer. */
export function uniformFanIn(shape: readonly number[], fanIn: number, rng: Rng): tf.Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  const size = shape.reduce((product, n) => product * n, 1);
  const values = new Float32Array(size);
  for (let at = 0; at < size; at++) values[at] = bound * (2 * rng.uniform() - 1);
  return tf.tensor(values, [...shape]);
}
