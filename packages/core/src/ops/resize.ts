import { UserError } from '../errors.js';
import { tf } from '../tf.js';
import { isNative } from './native.js';

/** Options of {@link resizeBilinear} and {@link resizeNearest}. At most one of them is true. */
export interface ResizeOptions {
  /** The corners' centres stay where they are: positions i·(size − 1)/(newSize − 1). Default false. */
  readonly alignCorners?: boolean;
  /** Pixels are squares with their value in the middle, as in PyTorch without `align_corners`. Default false. */
  readonly halfPixelCenters?: boolean;
}

interface Axis extends Required<ResizeOptions> {
  readonly from: number;
  readonly to: number;
}

const scaleOf = ({ from, to, alignCorners }: Axis): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** `[to, from]` matrix of linear interpolation along one axis. */
function interpolation(axis: Axis): tf.Tensor2D {
  const { from, to, halfPixelCenters } = axis;
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = halfPixelCenters ? scaleOf(axis) * (i + 0.5) - 0.5 : scaleOf(axis) * i;
    const clamped = Math.max(0, Math.min(from - 1, position));
    const low = Math.floor(clamped);
    values[i * from + low]! += 1 - (clamped - low);
    if (clamped > low) values[i * from + low + 1]! += clamped - low;
  }
  return tf.tensor2d(values, [to, from]);
}

/** Which pixel each new pixel copies. */
function nearest(axis: Axis): tf.Tensor1D {
  const indices = Array.from({ length: axis.to }, (_, i) => {
    const position = scaleOf(axis) * (axis.halfPixelCenters ? i + 0.5 : i);
    return Math.min(axis.from - 1, axis.alignCorners ? Math.round(position) : Math.floor(position));
  });
  return tf.tensor1d(indices, 'int32');
}

function axesOf(
  op: string,
  x: tf.Tensor4D,
  size: readonly [number, number],
  { alignCorners = false, halfPixelCenters = false }: ResizeOptions,
): readonly [Axis, Axis] {
  if (!size.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new UserError({ what: `${op}: a size is not a positive whole number`, got: `[${size}]` });
  }
  if (alignCorners && halfPixelCenters) {
    throw new UserError({
      what: `${op}: alignCorners and halfPixelCenters exclude each other`,
      fix: 'set one of them',
    });
  }
  const along = (from: number, to: number): Axis => ({ from, to, alignCorners, halfPixelCenters });
  return [along(x.shape[1], size[0]), along(x.shape[2], size[1])];
}

/**
 * Bilinear resizing without anti-aliasing; its gradient is the exact adjoint on every backend, where TensorFlow.js's
 * ignores `halfPixelCenters`.
 *
 * @param x `[B, H, W, C]`
 * @param size `[newHeight, newWidth]`
 * @returns `[B, newHeight, newWidth, C]`, owned by the caller
 * @throws UserError for a size that is none, or both options at once
 * @example
 * ```ts
 * const y = resizeBilinear(tf.ones([2, 4, 4, 3]), [8, 8], { halfPixelCenters: true });
 * ```
 * @see PyTorch's `interpolate(mode="bilinear", align_corners=…)`: `halfPixelCenters` for false, `alignCorners` for true
 */
export function resizeBilinear(
  x: tf.Tensor4D,
  size: readonly [number, number],
  options: ResizeOptions = {},
): tf.Tensor4D {
  const [rows, columns] = axesOf('resizeBilinear', x, size, options);
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    if (isNative()) {
      return tf.image.resizeBilinear(x, [...size], rows.alignCorners, rows.halfPixelCenters);
    }
    const lines = tf.transpose(x, [1, 0, 2, 3]).reshape<tf.Tensor2D>([height, batch * width * channels]);
    const tall = tf.matMul(interpolation(rows), lines).reshape([rows.to, batch, width, channels]);
    const upright = tf
      .transpose(tall, [2, 1, 0, 3])
      .reshape<tf.Tensor2D>([width, batch * rows.to * channels]);
    const wide = tf.matMul(interpolation(columns), upright);
    return tf.transpose(wide.reshape<tf.Tensor4D>([columns.to, batch, rows.to, channels]), [1, 2, 0, 3]);
  });
}

/**
 * Nearest-neighbour resizing, right for every batch size, with the exact adjoint as gradient; TensorFlow.js's CPU
 * kernel mixes up the images of a batch.
 *
 * The pixel copied for output i is ⌊i·s⌋, with `halfPixelCenters` ⌊(i + ½)·s⌋, with `alignCorners` the nearest.
 *
 * @param x `[B, H, W, C]`
 * @param size `[newHeight, newWidth]`
 * @returns `[B, newHeight, newWidth, C]`, owned by the caller
 * @throws UserError for a size that is none, or both options at once
 * @example
 * ```ts
 * const y = resizeNearest(tf.ones([2, 4, 4, 3]), [8, 8]);
 * ```
 */
export function resizeNearest(
  x: tf.Tensor4D,
  size: readonly [number, number],
  options: ResizeOptions = {},
): tf.Tensor4D {
  const [rows, columns] = axesOf('resizeNearest', x, size, options);
  return tf.tidy(() => {
    if (isNative()) {
      return tf.image.resizeNearestNeighbor(x, [...size], rows.alignCorners, rows.halfPixelCenters);
    }
    return tf.gather(tf.gather(x, nearest(rows), 1), nearest(columns), 2);
  });
}
