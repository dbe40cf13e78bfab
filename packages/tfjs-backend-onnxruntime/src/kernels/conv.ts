import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  FusedConv2DAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import { NO_EPILOGUE } from '../ir.js';
import { tf } from '../tf.js';
import { activate, canActivate } from './activation.js';
import { binary } from './elementwise.js';
import { areFloat, consume, type Kernel, type KernelTable } from './kernel.js';
import { windowOf } from './window.js';

type Shape4D = [number, number, number, number];

/** TensorFlow.js's gradient kernels know no dilations; ours take them as one more attribute, 1 where it is not there. */
interface Dilated {
  readonly dilations?: number | [number, number];
}

function convolution(
  backend: OnnxRuntimeBackend,
  label: string,
  x: TensorInfo,
  filter: TensorInfo,
  attrs: Conv2DAttrs,
): TensorInfo | undefined {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  if (dataFormat !== 'NHWC' || !areFloat(x, filter) || x.shape[3] !== filter.shape[2]) return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const window = windowOf(info);
  if (window === undefined || info.outHeight < 1 || info.outWidth < 1) return undefined;
  return backend.record(
    label,
    { kind: 'conv', window, epilogue: NO_EPILOGUE },
    [x, filter],
    info.outShape,
    'float32',
  );
}

const conv2D: Kernel = ({ backend, inputs, attrs }) =>
  convolution(backend, 'Conv2D', inputs.x!, inputs.filter!, attrs as unknown as Conv2DAttrs);

const fusedConv2D: Kernel = ({ backend, inputs, attrs }) => {
  const { activation, leakyreluAlpha } = attrs as unknown as FusedConv2DAttrs;
  const { x, filter, bias } = inputs;
  if (!canActivate(activation) || !areFloat(bias)) return undefined;
  let y = convolution(backend, 'FusedConv2D', x!, filter!, attrs as unknown as Conv2DAttrs);
  if (y === undefined) return undefined;
  if (bias !== undefined && bias !== null) {
    y = consume(backend, y, (info) => binary(backend, 'FusedConv2D', 'Add', info, bias));
  }
  return activate(backend, 'FusedConv2D', y, activation, leakyreluAlpha);
};

const conv2DBackpropInput: Kernel = ({ backend, inputs, attrs }) => {
  const { dy, filter } = inputs;
  const {
    inputShape,
    strides,
    dilations = 1,
    pad,
    dataFormat,
    dimRoundingMode,
  } = attrs as unknown as Conv2DBackpropInputAttrs & Dilated;
  if (dataFormat !== 'NHWC' || !areFloat(dy, filter)) return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter!.shape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const window = windowOf(info);
  if (window === undefined || info.outShape.join() !== dy!.shape.join()) return undefined;
  return backend.record(
    'Conv2DBackpropInput',
    { kind: 'convInputGrad', window, epilogue: NO_EPILOGUE },
    [dy!, filter!],
    info.inShape,
    'float32',
  );
};

const conv2DBackpropFilter: Kernel = ({ backend, inputs, attrs }) => {
  const { x, dy } = inputs;
  const {
    filterShape,
    strides,
    dilations = 1,
    pad,
    dataFormat,
    dimRoundingMode,
  } = attrs as unknown as Conv2DBackpropFilterAttrs & Dilated;
  if (dataFormat !== 'NHWC' || !areFloat(x, dy)) return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as Shape4D,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const window = windowOf(info);
  if (window === undefined || info.outShape.join() !== dy!.shape.join()) return undefined;
  return backend.record(
    'Conv2DBackpropFilter',
    { kind: 'convFilterGrad', window },
    [x!, dy!],
    info.filterShape,
    'float32',
  );
};

export const convKernels: KernelTable = {
  Conv2D: conv2D,
  FusedConv2D: fusedConv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
};
