import type { MaxAttrs, SoftmaxAttrs, SumAttrs } from '@tensorflow/tfjs-core';
import type { Reduction } from '../ir.js';
import { tf } from '../tf.js';
import { areFloat, type Kernel, type KernelTable } from './kernel.js';

const reduceKernel =
  (label: string, fn: Reduction): Kernel =>
  ({ backend, inputs, attrs }) => {
    const x = inputs.x!;
    const { axis, reductionIndices, keepDims } = attrs as unknown as Partial<SumAttrs & MaxAttrs>;
    if (!areFloat(x)) return undefined;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
    if (axes.length === 0) return undefined;
    const [outShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
    return backend.record(label, { kind: 'reduce', fn, axes }, [x], shape, 'float32');
  };

const softmax: Kernel = ({ backend, inputs, attrs }) => {
  const logits = inputs.logits!;
  const { dim } = attrs as unknown as SoftmaxAttrs;
  if (!areFloat(logits) || logits.shape.length === 0) return undefined;
  if (dim !== -1 && dim !== logits.shape.length - 1) return undefined;
  return backend.record('Softmax', { kind: 'softmax' }, [logits], logits.shape, 'float32');
};

export const reduceKernels: KernelTable = {
  Sum: reduceKernel('Sum', 'sum'),
  Mean: reduceKernel('Mean', 'mean'),
  Max: reduceKernel('Max', 'max'),
  Min: reduceKernel('Min', 'min'),
  Softmax: softmax,
};
