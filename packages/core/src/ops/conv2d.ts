import { UserError } from '../errors.js';
import { tf } from '../tf.js';
import { dilatedConv } from './dilated-conv.js';
import { type Padding, type PerAxis, windowAxes } from './padding.js';
import { zeroPad } from './zero-pad.js';

/**
 * Two-dimensional convolution (cross-correlation) in every combination of strides, paddings and dilations:
 * y[b,i,j,o] = Σ_{r,q,c} x[b, i·s + r·d − p, j·s + q·d − p, c] · w[r,q,c,o].
 *
 * Differentiable in `x` and `w` on every backend, where `tf.conv2d` has no gradient for dilations above 1, refuses
 * strides with dilations, and pads in ways that some backends cannot differentiate. Without `'same'` the output has
 * ⌊(size + pads − (kernel − 1)·d − 1) / s⌋ + 1 rows or columns, as in PyTorch.
 *
 * @param x `[B, H, W, C]`
 * @param w `[kh, kw, C, O]`
 * @param strides default 1
 * @param padding see {@link Padding}; default `'valid'`. A number is PyTorch's `padding`
 * @param dilations distance of the kernel's taps; default 1
 * @returns `[B, H', W', O]`, owned by the caller
 * @throws UserError when the shapes do not fit
 * @example
 * ```ts
 * const y = conv2d(tf.ones([1, 9, 9, 3]), tf.ones([3, 3, 3, 8]), 1, 2, 2); // [1, 9, 9, 8]
 * ```
 * @see Yu, Koltun: Multi-scale context aggregation by dilated convolutions (ICLR 2016)
 */
export function conv2d(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  strides: PerAxis = 1,
  padding: Padding = 'valid',
  dilations: PerAxis = 1,
): tf.Tensor4D {
  const [, height, width, channels] = x.shape;
  if (x.rank !== 4 || w.rank !== 4 || channels !== w.shape[2]) {
    throw new UserError({
      what: 'conv2d: image and kernel do not fit',
      got: `[${x.shape}] and [${w.shape}]`,
      expected: '[B, H, W, C] and [kh, kw, C, O]',
    });
  }
  const kernel = [w.shape[0], w.shape[1]] as const;
  const axes = windowAxes('conv2d', [height, width], kernel, { strides, padding, dilations });
  return tf.tidy(() => {
    if (axes.some(({ dilation, kernel: taps }) => dilation > 1 && taps > 1)) {
      return dilatedConv(zeroPad(x, axes), w, axes);
    }
    const isSame = axes.every(
      (a) => a.stride === 1 && a.before + a.after === a.kernel - 1 && a.before <= a.after,
    );
    const isHalved = axes.every((a) => a.after - a.before <= 1);
    if (isSame && isHalved) return tf.conv2d(x, w, 1, 'same');
    return tf.conv2d(zeroPad(x, axes), w, [axes[0].stride, axes[1].stride], 'valid');
  });
}
