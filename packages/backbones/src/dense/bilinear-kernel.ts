import { tf } from '@syn2real/core';

/**
 * A transposed convolution's kernel `[k, k, classes, classes]` that interpolates bilinearly within each class: the outer
 * product of 1 − |i − c|/f, with f = ⌊(k + 1)/2⌋ and c = f − 1 for odd k, f − ½ for even k; zero between classes.
 */
export function bilinearKernel(size: number, classes: number): tf.Tensor4D {
  const factor = Math.floor((size + 1) / 2);
  const centre = size % 2 === 1 ? factor - 1 : factor - 0.5;
  const taps = Array.from({ length: size }, (_, i) => 1 - Math.abs(i - centre) / factor);
  const values = new Float32Array(size * size * classes * classes);
  for (const [i, down] of taps.entries()) {
    for (const [j, across] of taps.entries()) {
      for (let c = 0; c < classes; c++) {
        values[((i * size + j) * classes + c) * classes + c] = down * across;
      }
    }
  }
  return tf.tensor4d(values, [size, size, classes, classes]);
}
