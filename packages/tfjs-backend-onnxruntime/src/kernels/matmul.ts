import type { _FusedMatMulAttrs, BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import { NO_EPILOGUE } from '../ir.js';
import { tf } from '../tf.js';
import { activate, canActivate } from './activation.js';
import { binary } from './elementwise.js';
import { areFloat, consume, type Kernel, type KernelTable } from './kernel.js';

function product(
  backend: OnnxRuntimeBackend,
  label: string,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: BatchMatMulAttrs,
): TensorInfo | undefined {
  if (!areFloat(a, b) || a.shape.length < 2 || b.shape.length < 2) return undefined;
  const [m, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [innerB, n] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!];
  if (inner !== innerB) return undefined;
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return backend.record(
    label,
    {
      kind: 'matmul',
      transposeA: Boolean(transposeA),
      transposeB: Boolean(transposeB),
      epilogue: NO_EPILOGUE,
    },
    [a, b],
    [...batch, m, n],
    'float32',
  );
}

const batchMatMul: Kernel = ({ backend, inputs, attrs }) =>
  product(backend, 'BatchMatMul', inputs.a!, inputs.b!, attrs as unknown as BatchMatMulAttrs);

const fusedMatMul: Kernel = ({ backend, inputs, attrs }) => {
  const { activation, leakyreluAlpha, ...transposes } = attrs as unknown as _FusedMatMulAttrs;
  const { a, b, bias } = inputs;
  if (!canActivate(activation) || !areFloat(bias)) return undefined;
  let y = product(backend, '_FusedMatMul', a!, b!, transposes);
  if (y === undefined) return undefined;
  if (bias !== undefined && bias !== null) {
    y = consume(backend, y, (info) => binary(backend, '_FusedMatMul', 'Add', info, bias));
  }
  return activate(backend, '_FusedMatMul', y, activation, leakyreluAlpha);
};

export const matmulKernels: KernelTable = { BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
