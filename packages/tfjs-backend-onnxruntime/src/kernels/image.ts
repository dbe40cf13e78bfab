import type { FusedBatchNormAttrs, ResizeBilinearAttrs } from '@tensorflow/tfjs-core';
import { tf } from '../tf.js';
import { binary, unary } from './elementwise.js';
import { areFloat, consume, type Kernel, type KernelTable } from './kernel.js';

type Method = 'bilinear' | 'nearest';

const resizeKernel =
  (label: string, method: Method): Kernel =>
  ({ backend, inputs, attrs }) => {
    const images = inputs.images!;
    const { size, alignCorners, halfPixelCenters } = attrs as unknown as ResizeBilinearAttrs;
    const [n, , , channels] = images.shape as [number, number, number, number];
    if (!areFloat(images) || size[0] < 1 || size[1] < 1) return undefined;
    return backend.record(
      label,
      { kind: 'resize', method, axis: { alignCorners, halfPixelCenters } },
      [images],
      [n, size[0], size[1], channels],
      'float32',
    );
  };

const resizeGradKernel =
  (label: string, method: Method): Kernel =>
  ({ backend, inputs, attrs }) => {
    const { dy, images } = inputs;
    const { alignCorners, halfPixelCenters = false } = attrs as unknown as ResizeBilinearAttrs;
    if (!areFloat(dy, images)) return undefined;
    return backend.record(
      label,
      { kind: 'resizeGrad', method, axis: { alignCorners, halfPixelCenters } },
      [dy!],
      images!.shape,
      'float32',
    );
  };

/** y = (x − mean) · scale / √(variance + ε) + offset */
const fusedBatchNorm: Kernel = ({ backend, inputs, attrs }) => {
  const { x, mean, variance, scale, offset } = inputs;
  const { varianceEpsilon } = attrs as unknown as FusedBatchNormAttrs;
  if (!areFloat(x, mean, variance) || !areFloat(scale, offset)) return undefined;
  const label = 'FusedBatchNorm';
  const epsilon = varianceEpsilon || 1e-3;
  const scalar = backend.makeTensorInfo([], 'float32', Float32Array.of(epsilon));
  const shifted = consume(backend, scalar, (info) => binary(backend, label, 'Add', variance!, info));
  let factor = consume(backend, shifted, (info) => unary(backend, label, 'Rsqrt', info));
  if (scale) factor = consume(backend, factor, (info) => binary(backend, label, 'Multiply', info, scale));
  const centered = binary(backend, label, 'Sub', x!, mean!);
  const scaled = consume(backend, centered, (info) => binary(backend, label, 'Multiply', info, factor));
  backend.disposeIntermediateTensorInfo(factor);
  if (!offset) return scaled;
  return consume(backend, scaled, (info) => binary(backend, label, 'Add', info, offset));
};

export const imageKernels: KernelTable = {
  [tf.ResizeBilinear]: resizeKernel('ResizeBilinear', 'bilinear'),
  [tf.ResizeNearestNeighbor]: resizeKernel('ResizeNearestNeighbor', 'nearest'),
  [tf.ResizeBilinearGrad]: resizeGradKernel('ResizeBilinearGrad', 'bilinear'),
  [tf.ResizeNearestNeighborGrad]: resizeGradKernel('ResizeNearestNeighborGrad', 'nearest'),
  [tf.FusedBatchNorm]: fusedBatchNorm,
};
