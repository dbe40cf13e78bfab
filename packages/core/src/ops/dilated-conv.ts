import { tf } from '../tf.js';
import { isNative } from './native.js';
import type { WindowAxis } from './padding.js';

type Axes = readonly [WindowAxis, WindowAxis];
type Shape4D = [number, number, number, number];

/** Convolution without padding, in all strides and dilations, differentiable; on the native backend in every order. */
export function dilatedConv(x: tf.Tensor4D, filter: tf.Tensor4D, axes: Axes): tf.Tensor4D {
  if (isNative()) return nativeConv(x, filter, axes);
  return axes.every(({ stride }) => stride === 1)
    ? convInBatches(x, filter, axes)
    : tf.conv2d(x, spreadFilter(filter, axes), [axes[0].stride, axes[1].stride], 'valid');
}

/** Pixels that share a phase of the dilation become an image of their own, whose convolution has no dilation. */
function convInBatches(x: tf.Tensor4D, filter: tf.Tensor4D, axes: Axes): tf.Tensor4D {
  const block = axes.map(({ dilation }) => dilation);
  const missing = axes.map(({ dilation }, axis) => [
    0,
    (dilation - (x.shape[axis + 1]! % dilation)) % dilation,
  ]);
  const phases = tf.spaceToBatchND(x, block, missing);
  return tf.batchToSpaceND(tf.conv2d(phases, filter, 1, 'valid'), block, missing);
}

/** The filter with zeros between its taps. */
function spreadFilter(filter: tf.Tensor4D, [rows, columns]: Axes): tf.Tensor4D {
  const [kh, kw, inputs, outputs] = filter.shape;
  const apart = (x: tf.Tensor, count: number, { dilation }: WindowAxis, rest: number) =>
    tf.pad(x.reshape([count, 1, rest]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
  const tall = apart(filter, kh, rows, kw * inputs * outputs);
  const wide = apart(tall, kh * rows.dilation * kw, columns, inputs * outputs);
  const whole = wide.reshape<tf.Tensor4D>([kh * rows.dilation, kw * columns.dilation, inputs, outputs]);
  const reach = (taps: number, { dilation }: WindowAxis) => (taps - 1) * dilation + 1;
  return tf.slice(whole, [0, 0, 0, 0], [reach(kh, rows), reach(kw, columns), inputs, outputs]);
}

/** The three maps that are linear in each operand: the gradients of one are the other two. */
function nativeConv(x: tf.Tensor4D, filter: tf.Tensor4D, [rows, columns]: Axes): tf.Tensor4D {
  const attributes = {
    strides: [rows.stride, columns.stride],
    dilations: [rows.dilation, columns.dilation],
    pad: 'valid',
    dataFormat: 'NHWC',
  };
  const run = (kernel: string, inputs: tf.NamedTensorMap, more: Record<string, readonly number[]> = {}) =>
    tf.engine().runKernel(kernel, inputs, { ...attributes, ...more } as tf.NamedAttrMap) as tf.Tensor4D;
  const bilinear = (
    value: (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor4D,
    gradients: (d: tf.Tensor4D, a: tf.Tensor4D, b: tf.Tensor4D) => [tf.Tensor4D, tf.Tensor4D],
  ) =>
    tf.customGrad((first, second, third) => {
      const save = third as unknown as tf.GradSaveFunc;
      const [a, b] = [first as tf.Tensor4D, second as tf.Tensor4D];
      save([a, b]);
      return {
        value: value(a, b),
        gradFunc: (d, saved) => gradients(d as tf.Tensor4D, saved[0] as tf.Tensor4D, saved[1] as tf.Tensor4D),
      };
    }) as (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor4D;

  const conv = bilinear(
    (image, w) => run('Conv2D', { x: image, filter: w }),
    (dy, image, w) => [inputGradient(dy, w, image.shape), filterGradient(image, dy, w.shape)],
  );
  const inputGradient = (dy: tf.Tensor4D, w: tf.Tensor4D, shape: Shape4D): tf.Tensor4D =>
    bilinear(
      (d, kernel) => run('Conv2DBackpropInput', { dy: d, filter: kernel }, { inputShape: shape }),
      (v, d, kernel) => [conv(v, kernel), filterGradient(v, d, kernel.shape)],
    )(dy, w);
  const filterGradient = (image: tf.Tensor4D, dy: tf.Tensor4D, shape: Shape4D): tf.Tensor4D =>
    bilinear(
      (a, d) => run('Conv2DBackpropFilter', { x: a, dy: d }, { filterShape: shape }),
      (v, a, d) => [inputGradient(d, v, a.shape), conv(a, v)],
    )(image, dy);
  return conv(x, filter);
}
