import { UserError } from '../errors.js';
import { tf } from '../tf.js';
import { type Padding, type PerAxis, pairOf, type WindowAxis, windowAxes } from './padding.js';
import { zeroPad } from './zero-pad.js';

/** Options of {@link avgPool}. */
export interface AvgPoolOptions {
  /** Default: the size of the window. */
  readonly strides?: PerAxis;
  /** Default `'valid'`. */
  readonly padding?: Padding;
  /** Divide by the whole window, the padding's zeros too, PyTorch's default. Default false: by the pixels inside. */
  readonly countPadding?: boolean;
}

/** How many pixels of the image each position of the window covers. */
function covered({ size, kernel, stride, before, outputs }: WindowAxis): number[] {
  return Array.from({ length: outputs }, (_, i) => {
    const start = i * stride - before;
    return Math.min(size, start + kernel) - Math.max(0, start);
  });
}

/**
 * Average pooling: the mean of the pixels under each window, padding left out of the count.
 *
 * Value and gradient agree on every backend; the gradient of `tf.avgPool` with padding divides by the whole window.
 *
 * @param x `[B, H, W, C]`
 * @param size height and width of the window
 * @returns `[B, H', W', C]`, owned by the caller
 * @throws UserError when the window does not fit, or could lie in the padding alone
 * @example
 * ```ts
 * const y = avgPool(tf.ones([1, 5, 5, 2]), 3, { strides: 2, padding: 1 }); // ones, [1, 3, 3, 2]
 * ```
 */
export function avgPool(
  x: tf.Tensor4D,
  size: PerAxis,
  { strides = size, padding = 'valid', countPadding = false }: AvgPoolOptions = {},
): tf.Tensor4D {
  const [, height, width] = x.shape;
  const axes = windowAxes('avgPool', [height, width], size, { strides, padding });
  const counts = axes.map(covered);
  if (counts.flat().some((count) => count < 1)) {
    throw new UserError({
      what: 'avgPool: a window lies in the padding alone',
      got: `padding ${JSON.stringify(padding)}`,
      expected: 'less padding than the window is large',
    });
  }
  const [rows, columns] = axes;
  return tf.tidy(() => {
    const mean = tf.avgPool(zeroPad(x, axes), [...pairOf(size)], [rows.stride, columns.stride], 'valid');
    const area = rows.kernel * columns.kernel;
    const factors = counts[0]!.flatMap((down) => counts[1]!.map((across) => area / (down * across)));
    if (countPadding || factors.every((factor) => factor === 1)) return mean;
    return mean.mul<tf.Tensor4D>(tf.tensor4d(factors, [1, rows.outputs, columns.outputs, 1]));
  });
}
