import { tf } from '@syn2real/core';

/**
 * Adaptive average pooling: y_i = mean of x over ⌊i·n/m⌋ ≤ r < ⌈(i + 1)·n/m⌉ along each axis, n its size and m the wanted
 * one. The windows overlap or repeat where m does not divide n.
 *
 * @param x `[B, h, w, C]`
 * @param size wanted rows and columns
 * @returns `[B, size[0], size[1], C]`
 * @see torch.nn.AdaptiveAvgPool2d
 */
export function adaptiveAvgPool(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const lines = tf.transpose(x, [1, 0, 2, 3]).reshape<tf.Tensor2D>([height, batch * width * channels]);
    const short = tf.matMul(averages(height, size[0]), lines).reshape([size[0], batch, width, channels]);
    const upright = tf
      .transpose(short, [2, 1, 0, 3])
      .reshape<tf.Tensor2D>([width, batch * size[0] * channels]);
    const narrow = tf.matMul(averages(width, size[1]), upright);
    return tf.transpose(narrow.reshape<tf.Tensor4D>([size[1], batch, size[0], channels]), [1, 2, 0, 3]);
  });
}

/** `[to, from]` matrix whose rows average the windows. */
function averages(from: number, to: number): tf.Tensor2D {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const start = Math.floor((i * from) / to);
    const end = Math.ceil(((i + 1) * from) / to);
    values.fill(1 / (end - start), i * from + start, i * from + end);
  }
  return tf.tensor2d(values, [to, from]);
}
