import type { backend_util } from '@tensorflow/tfjs-core';
import type { Window } from '../ir.js';

type Sizes = backend_util.Conv2DInfo;

/** Padding after the input, as much as the last output needs; undefined where ONNX would come to another size. */
function padAfter(
  size: number,
  out: number,
  { kernel, stride, dilation, before }: { kernel: number; stride: number; dilation: number; before: number },
): number | undefined {
  const reach = (kernel - 1) * dilation + 1;
  const after = Math.max(0, (out - 1) * stride + reach - before - size);
  return Math.floor((size + before + after - reach) / stride) + 1 === out ? after : undefined;
}

/** The window of a convolution or pooling; undefined where ONNX has no equal. */
export function windowOf(info: Sizes): Window | undefined {
  const { top, left } = info.padInfo;
  const bottom = padAfter(info.inHeight, info.outHeight, {
    kernel: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    before: top,
  });
  const right = padAfter(info.inWidth, info.outWidth, {
    kernel: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    before: left,
  });
  if (bottom === undefined || right === undefined) return undefined;
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  };
}
