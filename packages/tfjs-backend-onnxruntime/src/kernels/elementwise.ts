import type {
  CastAttrs,
  ClipByValueAttrs,
  FillAttrs,
  LeakyReluAttrs,
  StepAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import { BINARY, type Binary, COMPARISON, type Op, UNARY, type Unary, type ValueType } from '../ir.js';
import { tf } from '../tf.js';
import { all, areFloat, consume, elements, type Kernel, type KernelTable } from './kernel.js';

const named = <Name extends string, Made>(
  names: readonly Name[],
  make: (fn: Name) => Made,
): Record<string, Made> => Object.fromEntries(names.map((fn) => [fn, make(fn)]));

/** One object an operation: the recorder knows them again by identity. */
const UNARY_OPS: Record<string, Op> = named(UNARY, (fn) => ({ kind: 'unary', fn, alpha: 0 }));
const BINARY_OPS: Record<string, Op> = named(BINARY, (fn) => ({ kind: 'binary', fn }));

export function unary(
  backend: OnnxRuntimeBackend,
  label: string,
  fn: Unary,
  x: TensorInfo,
  alpha = 0,
): TensorInfo {
  const op: Op = alpha === 0 ? UNARY_OPS[fn]! : { kind: 'unary', fn, alpha };
  return backend.record(label, op, [x], x.shape, 'float32');
}

export function binary(
  backend: OnnxRuntimeBackend,
  label: string,
  fn: Binary,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return backend.record(label, BINARY_OPS[fn]!, [a, b], shape, 'float32');
}

const unaryKernel =
  (fn: Unary): Kernel =>
  ({ backend, inputs, attrs }) => {
    const x = inputs.x!;
    if (!areFloat(x)) return undefined;
    const alpha = fn === 'LeakyRelu' ? (attrs as unknown as LeakyReluAttrs).alpha : 0;
    if (fn === 'Step' && (attrs as unknown as StepAttrs).alpha !== 0) return undefined;
    return unary(backend, fn, fn, x, alpha);
  };

const binaryKernel =
  (fn: Binary): Kernel =>
  ({ backend, inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    return areFloat(a, b) ? binary(backend, fn, fn, a, b) : undefined;
  };

const isComparable = (a: TensorInfo, b: TensorInfo): boolean =>
  a.dtype === b.dtype &&
  (a.dtype === 'float32' || a.dtype === 'int32') &&
  elements(a.shape) > 0 &&
  elements(b.shape) > 0;

const compareKernel =
  (fn: (typeof COMPARISON)[number]): Kernel =>
  ({ backend, inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    if (!isComparable(a, b)) return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return backend.record(fn, { kind: 'compare', fn }, [a, b], shape, 'bool');
  };

const logicalKernel =
  (fn: 'And' | 'Or'): Kernel =>
  ({ backend, inputs }) => {
    const [a, b] = [inputs.a!, inputs.b!];
    if (a.dtype !== 'bool' || b.dtype !== 'bool' || !elements(a.shape) || !elements(b.shape))
      return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return backend.record(`Logical${fn}`, { kind: 'logical', fn }, [a, b], shape, 'bool');
  };

const logicalNot: Kernel = ({ backend, inputs }) => {
  const x = inputs.x!;
  if (x.dtype !== 'bool' || elements(x.shape) === 0) return undefined;
  return backend.record('LogicalNot', { kind: 'logical', fn: 'Not' }, [x], x.shape, 'bool');
};

const select: Kernel = ({ backend, inputs }) => {
  const [condition, t, e] = [inputs.condition!, inputs.t!, inputs.e!];
  if (condition.dtype !== 'bool' || !areFloat(t, e) || elements(condition.shape) === 0) return undefined;
  const isSame = [t, e].every((branch) => branch.shape.join() === condition.shape.join());
  return isSame
    ? backend.record('Select', { kind: 'select' }, [condition, t, e], t.shape, 'float32')
    : undefined;
};

const EXACT_CASTS: ReadonlySet<string> = new Set([
  'bool>float32',
  'int32>float32',
  'bool>int32',
  'float32>bool',
]);

const cast: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { dtype } = attrs as unknown as CastAttrs;
  if (!EXACT_CASTS.has(`${x.dtype}>${dtype}`) || elements(x.shape) === 0) return undefined;
  return backend.record('Cast', { kind: 'cast' }, [x], x.shape, dtype as ValueType);
};

const clip: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { clipValueMin: min, clipValueMax: max } = attrs as unknown as ClipByValueAttrs;
  return areFloat(x)
    ? backend.record('ClipByValue', { kind: 'clip', min, max }, [x], x.shape, 'float32')
    : undefined;
};

function filled(
  backend: OnnxRuntimeBackend,
  label: string,
  shape: readonly number[],
  value: number,
): TensorInfo {
  const scalar = backend.makeTensorInfo([], 'float32', Float32Array.of(value));
  return consume(backend, scalar, (info) =>
    backend.record(label, { kind: 'broadcast' }, [info], shape, 'float32'),
  );
}

const fill: Kernel = ({ backend, attrs }) => {
  const { shape, value, dtype } = attrs as unknown as FillAttrs;
  if (typeof value !== 'number' || (dtype !== undefined && dtype !== 'float32') || elements(shape) === 0) {
    return undefined;
  }
  return filled(backend, 'Fill', shape, value);
};

const filledLike =
  (label: string, value: number): Kernel =>
  ({ backend, inputs }) =>
    areFloat(inputs.x) ? filled(backend, label, inputs.x!.shape, value) : undefined;

const addN: Kernel = ({ backend, inputs }) => {
  const terms = all(inputs);
  if (terms.length < 2 || !areFloat(...terms)) return undefined;
  let total = binary(backend, 'AddN', 'Add', terms[0]!, terms[1]!);
  for (const term of terms.slice(2)) {
    total = consume(backend, total, (info) => binary(backend, 'AddN', 'Add', info, term));
  }
  return total;
};

const tableOf = <Name extends string>(names: readonly Name[], make: (name: Name) => Kernel): KernelTable =>
  Object.fromEntries(names.map((name) => [name, make(name)]));

export const elementwiseKernels: KernelTable = {
  ...tableOf(UNARY, unaryKernel),
  ...tableOf(BINARY, binaryKernel),
  ...tableOf(COMPARISON, compareKernel),
  LogicalAnd: logicalKernel('And'),
  LogicalOr: logicalKernel('Or'),
  LogicalNot: logicalNot,
  Select: select,
  Cast: cast,
  ClipByValue: clip,
  Fill: fill,
  ZerosLike: filledLike('ZerosLike', 0),
  OnesLike: filledLike('OnesLike', 1),
  AddN: addN,
};
