import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import type { Unary } from '../ir.js';
import { unary } from './elementwise.js';
import { consume } from './kernel.js';

const ACTIVATIONS: Readonly<Record<string, Unary | 'linear'>> = {
  linear: 'linear',
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
};

export const canActivate = (activation: string | undefined | null): boolean =>
  (activation ?? 'linear') in ACTIVATIONS;

/** Applies a fused kernel's activation to its intermediate result. */
export function activate(
  backend: OnnxRuntimeBackend,
  label: string,
  x: TensorInfo,
  activation: string | undefined | null,
  leakyreluAlpha: number | undefined,
): TensorInfo {
  const fn = ACTIVATIONS[activation ?? 'linear'];
  if (fn === undefined || fn === 'linear') return x;
  const alpha = fn === 'LeakyRelu' ? (leakyreluAlpha ?? 0.2) : 0;
  return consume(backend, x, (info) => unary(backend, label, fn, info, alpha));
}
