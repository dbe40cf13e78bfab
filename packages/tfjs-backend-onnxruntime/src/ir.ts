/** The backend's intermediate representation: what a kernel call records and what a graph is lowered from. */

/** Element types that a recorded value may have; everything else stays with the CPU kernels. */
export type ValueType = 'float32' | 'int32' | 'bool';

export type Shape = readonly number[];

/** Padding as [top, left, bottom, right], ONNX's order. */
export type Pads = readonly [number, number, number, number];

export type Pair = readonly [number, number];

/** A two-dimensional sliding window. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

export const UNARY = [
  'Abs',
  'Ceil',
  'Cos',
  'Elu',
  'Erf',
  'Exp',
  'Floor',
  'LeakyRelu',
  'Log',
  'Neg',
  'Reciprocal',
  'Relu',
  'Relu6',
  'Rsqrt',
  'Sigmoid',
  'Sin',
  'Softplus',
  'Sqrt',
  'Square',
  'Step',
  'Tanh',
] as const;
export type Unary = (typeof UNARY)[number];

export const BINARY = [
  'Add',
  'Sub',
  'Multiply',
  'RealDiv',
  'Maximum',
  'Minimum',
  'SquaredDifference',
  'Pow',
] as const;
export type Binary = (typeof BINARY)[number];

export const COMPARISON = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'] as const;
export type Comparison = (typeof COMPARISON)[number];

export type Reduction = 'sum' | 'mean' | 'max' | 'min';

/** What a fused convolution or product does to its result, in this order: + bias, + residual, relu. */
export interface Epilogue {
  readonly bias: boolean;
  readonly residual: boolean;
  readonly relu: boolean;
}

export const NO_EPILOGUE: Epilogue = { bias: false, residual: false, relu: false };

export interface ResizeAxis {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** An operation with its static attributes; NHWC and HWIO throughout. Shapes of operands stand beside it. */
export type Op =
  | { readonly kind: 'unary'; readonly fn: Unary; readonly alpha: number }
  | { readonly kind: 'binary'; readonly fn: Binary }
  | { readonly kind: 'compare'; readonly fn: Comparison }
  | { readonly kind: 'logical'; readonly fn: 'And' | 'Or' | 'Not' }
  | { readonly kind: 'select' }
  | { readonly kind: 'cast' }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'broadcast' }
  | {
      readonly kind: 'matmul';
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly epilogue: Epilogue;
    }
  | { readonly kind: 'conv'; readonly window: Window; readonly epilogue: Epilogue }
  | { readonly kind: 'convInputGrad'; readonly window: Window; readonly epilogue: Epilogue }
  | { readonly kind: 'convFilterGrad'; readonly window: Window }
  | { readonly kind: 'pool'; readonly fn: 'max' | 'avg'; readonly window: Window }
  | { readonly kind: 'maxPoolGrad'; readonly window: Window }
  | { readonly kind: 'avgPoolGrad'; readonly window: Window; readonly divisor: 'covered' | 'window' }
  | { readonly kind: 'reduce'; readonly fn: Reduction; readonly axes: readonly number[] }
  | { readonly kind: 'softmax' }
  | {
      readonly kind: 'pad';
      readonly before: readonly number[];
      readonly after: readonly number[];
      readonly value: number;
    }
  | { readonly kind: 'slice'; readonly begin: readonly number[] }
  | { readonly kind: 'concat'; readonly axis: number }
  | { readonly kind: 'transpose'; readonly perm: readonly number[] }
  | { readonly kind: 'tile'; readonly reps: readonly number[] }
  | { readonly kind: 'gather'; readonly axis: number }
  | { readonly kind: 'resize'; readonly method: 'bilinear' | 'nearest'; readonly axis: ResizeAxis }
  | { readonly kind: 'resizeGrad'; readonly method: 'bilinear' | 'nearest'; readonly axis: ResizeAxis };

export interface IrValue {
  readonly shape: Shape;
  readonly type: ValueType;
  /** Undefined for a graph input. */
  producer: IrNode | undefined;
  /** The value must leave the graph; for a graph input, its tensor outlives the run. */
  readonly live: boolean;
  /** A graph input that an earlier run has read, and whose tensor outlives this one: the next may read it again. */
  readonly steady: boolean;
}

/** A value as one node reads it: a TensorFlow.js reshape changes the shape of the use, not of the value. */
export interface Operand {
  readonly value: IrValue;
  readonly shape: Shape;
}

export interface IrNode {
  readonly op: Op;
  readonly inputs: readonly Operand[];
  readonly output: IrValue;
  /** The kernel and its shapes, for error messages. */
  readonly label: string;
}

export interface IrGraph {
  readonly inputs: readonly IrValue[];
  readonly nodes: readonly IrNode[];
  readonly outputs: readonly IrValue[];
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** A single number. */
export const isSingle = ({ shape }: { readonly shape: Shape }): boolean => sizeOf(shape) === 1;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** TypeScript's proof that a switch over `kind` is whole. */
export function unreachable(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
