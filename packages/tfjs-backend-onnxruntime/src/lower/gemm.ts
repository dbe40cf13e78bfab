import type { LoweringContext } from './context.js';

export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Names of [columns], and of the result's shape. */
  readonly bias?: string | undefined;
  readonly residual?: string | undefined;
  readonly relu?: boolean;
}

/** y = relu(op(a) · op(b) + bias + residual) of two matrices. */
export function gemm(context: LoweringContext, a: string, b: string, options: GemmOptions): string {
  const { bias, residual, relu = false } = options;
  const attributes = { transA: Number(options.transA ?? false), transB: Number(options.transB ?? false) };
  const added = bias ?? residual;
  if (relu && (bias === undefined || residual === undefined)) {
    const inputs = added === undefined ? [a, b] : [a, b, added];
    return context.emitMicrosoft('FusedGemm', inputs, { ...attributes, activation: 'Relu' });
  }
  let y = context.emit('Gemm', added === undefined ? [a, b] : [a, b, added], attributes);
  if (bias !== undefined && residual !== undefined) y = context.emit('Add', [y, residual]);
  return relu ? context.emit('Relu', [y]) : y;
}
