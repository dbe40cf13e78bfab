import type { backend_util } from '@tensorflow/tfjs-core';
import type { Window } from '../ir.js';

type Sizes = backend_util.Conv2DInfo;

/**
 * The window of a convolution or pooling. The padding after is what the last output needs, so that ONNX, which
 * knows one way of rounding sizes, comes to TensorFlow.js's size.
 */
export function windowOf(info: Sizes): Window {
  const after = (
    out: number,
    stride: number,
    kernel: number,
    dilation: number,
    before: number,
    size: number,
  ) => Math.max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - before - size);
  const { top, left } = info.padInfo;
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [
      top,
      left,
      after(info.outHeight, info.strideHeight, info.filterHeight, info.dilationHeight, top, info.inHeight),
      after(info.outWidth, info.strideWidth, info.filterWidth, info.dilationWidth, left, info.inWidth),
    ],
  };
}
