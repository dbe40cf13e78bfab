import { tf } from '@syn2real/core';

/** What TensorFlow.js gives the kernel. */
interface Given {
  readonly x: tf.Tensor4D;
  readonly dy: tf.Tensor4D;
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof tf.conv2d>[3];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/**
 * Gives TensorFlow.js's WASM backend the gradient of a convolution's filter, which it lacks, so that it can train.
 *
 * It is a convolution itself: dW[a, b, i, o] = Σ x[n, p·s + a, q·s + b, i] · dy[n, p, q, o], of the padded images with
 * channels and images exchanged, by a filter that is the whole of dy, dilated by the stride. Where the backend has such a
 * kernel it is left as it is.
 */
export function addWasmFilterGradient(): void {
  if (tf.getKernel(KERNEL, 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => filterGradient({ ...inputs, ...attrs } as unknown as Given),
  });
}

const KERNEL = 'Conv2DBackpropFilter';

function filterGradient({ x, dy, strides, pad, dataFormat, dimRoundingMode, filterShape }: Given): tf.Tensor {
  if (dataFormat === 'NCHW') throw new Error('WASM has no convolutions of channels-first images.');
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { top, bottom, left, right } = padInfo;
  const [height, width] = filterShape;
  return tf.tidy(() => {
    const images = tf
      .pad(x, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ])
      .transpose<tf.Tensor4D>([3, 1, 2, 0]);
    const filter = dy.transpose<tf.Tensor4D>([1, 2, 0, 3]);
    return tf
      .conv2d(images, filter, 1, 'valid', 'NHWC', strides)
      .slice([0, 0, 0, 0], [-1, height, width, -1])
      .transpose([1, 2, 0, 3]);
  });
}
