import type { AvgPoolAttrs, MaxPoolAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import type { Op, Window } from '../ir.js';
import { tf } from '../tf.js';
import { areFloat, type Kernel, type KernelTable } from './kernel.js';
import { windowOf } from './window.js';

type Shape4D = [number, number, number, number];

/** Undefined where a window could lie in the padding alone, which ONNX does not allow. */
function poolOf(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: MaxPoolAttrs | AvgPoolAttrs,
): { window: Window; outShape: readonly number[] } | undefined {
  const info = tf.backend_util.computePool2DInfo(
    x.shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const window = windowOf(info);
  if (window === undefined) return undefined;
  const fits = window.pads.every((size, i) => size < window.kernel[i % 2 === 0 ? 0 : 1]);
  return fits && info.outHeight > 0 && info.outWidth > 0 ? { window, outShape: info.outShape } : undefined;
}

const poolKernel =
  (label: string, fn: 'max' | 'avg'): Kernel =>
  ({ backend, inputs, attrs }) => {
    const x = inputs.x!;
    const pool = areFloat(x) ? poolOf(x, attrs as unknown as MaxPoolAttrs) : undefined;
    if (pool === undefined) return undefined;
    return backend.record(label, { kind: 'pool', fn, window: pool.window }, [x], pool.outShape, 'float32');
  };

function gradient(
  backend: OnnxRuntimeBackend,
  label: string,
  input: TensorInfo,
  attrs: MaxPoolAttrs | AvgPoolAttrs,
  operands: readonly TensorInfo[],
  toOp: (window: Window) => Op,
): TensorInfo | undefined {
  const pool = areFloat(input, ...operands) ? poolOf(input, attrs) : undefined;
  return pool && backend.record(label, toOp(pool.window), operands, input.shape, 'float32');
}

const maxPoolGrad: Kernel = ({ backend, inputs, attrs }) => {
  const [dy, input] = [inputs.dy!, inputs.input!];
  return gradient(backend, 'MaxPoolGrad', input, attrs as unknown as MaxPoolAttrs, [dy, input], (window) => ({
    kind: 'maxPoolGrad',
    window,
  }));
};

/**
 * The adjoint of the forward pass, but for explicit padding: TensorFlow.js's own tests want the gradient there divided by
 * the whole window, although the forward pass divides by the part of it that lies inside.
 */
const avgPoolGrad: Kernel = ({ backend, inputs, attrs }) => {
  const [dy, input] = [inputs.dy!, inputs.input!];
  const pooling = attrs as unknown as AvgPoolAttrs;
  return gradient(backend, 'AvgPoolGrad', input, pooling, [dy], (window) => ({
    kind: 'avgPoolGrad',
    window,
    divisor: Array.isArray(pooling.pad) ? 'window' : 'covered',
  }));
};

export const poolKernels: KernelTable = {
  MaxPool: poolKernel('MaxPool', 'max'),
  AvgPool: poolKernel('AvgPool', 'avg'),
  MaxPoolGrad: maxPoolGrad,
  AvgPoolGrad: avgPoolGrad,
};
