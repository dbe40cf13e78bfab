import type {
  ConcatAttrs,
  GatherV2Attrs,
  PackAttrs,
  PadV2Attrs,
  SliceAttrs,
  SplitVAttrs,
  TensorInfo,
  TileAttrs,
  TransposeAttrs,
  UnpackAttrs,
} from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import { tf } from '../tf.js';
import { all, areFloat, as, consume, elements, type Kernel, type KernelTable, view } from './kernel.js';

const pad: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { paddings, constantValue } = attrs as unknown as PadV2Attrs;
  if (!areFloat(x) || x.shape.length === 0) return undefined;
  const before = paddings.map((p) => p[0]);
  const after = paddings.map((p) => p[1]);
  const shape = x.shape.map((size, i) => size + before[i]! + after[i]!);
  return backend.record('PadV2', { kind: 'pad', before, after, value: constantValue }, [x], shape, 'float32');
};

function slice(
  backend: OnnxRuntimeBackend,
  label: string,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo {
  return backend.record(label, { kind: 'slice', begin }, [x], size, 'float32');
}

const sliceKernel: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { begin, size } = attrs as unknown as SliceAttrs;
  if (!areFloat(x) || x.shape.length === 0) return undefined;
  const [$begin, $size] = tf.slice_util.parseSliceParams(x, begin, size);
  if ($begin === undefined || $size === undefined) return undefined;
  tf.slice_util.assertParamsValid(x, $begin, $size);
  return elements($size) === 0 ? undefined : slice(backend, 'Slice', x, $begin, $size);
};

function along(x: TensorInfo, axis: number, start: number, length: number) {
  return {
    begin: x.shape.map((_, i) => (i === axis ? start : 0)),
    size: x.shape.map((extent, i) => (i === axis ? length : extent)),
  };
}

const split: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { numOrSizeSplits, axis } = attrs as unknown as SplitVAttrs;
  if (!areFloat(x)) return undefined;
  const [$axis] = tf.util.parseAxisParam(axis, x.shape);
  const sizes = tf.backend_util.prepareSplitSize(
    x as Parameters<typeof tf.backend_util.prepareSplitSize>[0],
    numOrSizeSplits,
    $axis,
  );
  if (sizes.some((size) => size < 1)) return undefined;
  let start = 0;
  return sizes.map((length) => {
    const part = along(x, $axis!, start, length);
    start += length;
    return slice(backend, 'SplitV', x, part.begin, part.size);
  });
};

const unpack: Kernel = ({ backend, inputs, attrs }) => {
  const value = inputs.value!;
  if (!areFloat(value)) return undefined;
  const rank = value.shape.length;
  const { axis } = attrs as unknown as UnpackAttrs;
  const $axis = axis < 0 ? axis + rank : axis;
  const shape = value.shape.filter((_, i) => i !== $axis);
  return Array.from({ length: value.shape[$axis]! }, (_, i) => {
    const part = along(value, $axis, i, 1);
    return consume(backend, slice(backend, 'Unpack', value, part.begin, part.size), (info) =>
      view(backend, info, shape),
    );
  });
};

function concatenate(
  backend: OnnxRuntimeBackend,
  label: string,
  parts: readonly TensorInfo[],
  axis: number,
): TensorInfo {
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = parts[0]!.shape.map((size, i) => (i === axis ? total : size));
  return backend.record(label, { kind: 'concat', axis }, parts, shape, 'float32');
}

const concat: Kernel = ({ backend, inputs, attrs }) => {
  const operands = all(inputs);
  const parts = operands.filter((part) => elements(part.shape) > 0);
  if (parts.length === 0 || !operands.every((part) => part.dtype === 'float32')) return undefined;
  const [axis] = tf.util.parseAxisParam((attrs as unknown as ConcatAttrs).axis, parts[0]!.shape);
  tf.backend_util.assertParamsConsistent(
    operands.map((part) => part.shape),
    axis!,
  );
  return concatenate(backend, 'Concat', parts, axis!);
};

const pack: Kernel = ({ backend, inputs, attrs }) => {
  const parts = all(inputs);
  if (parts.length === 0 || !areFloat(...parts)) return undefined;
  const { axis } = attrs as unknown as PackAttrs;
  const rank = parts[0]!.shape.length + 1;
  const $axis = axis < 0 ? axis + rank : axis;
  if (parts.some((part) => part.shape.join() !== parts[0]!.shape.join())) return undefined;
  const expanded = parts.map((part) => as(part, part.shape.toSpliced($axis, 0, 1)));
  return concatenate(backend, 'Pack', expanded, $axis);
};

const transpose: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { perm } = attrs as unknown as TransposeAttrs;
  if (!areFloat(x) || x.shape.length < 2) return undefined;
  const shape = perm.map((axis) => x.shape[axis]!);
  return backend.record('Transpose', { kind: 'transpose', perm }, [x], shape, 'float32');
};

const tile: Kernel = ({ backend, inputs, attrs }) => {
  const x = inputs.x!;
  const { reps } = attrs as unknown as TileAttrs;
  if (!areFloat(x) || x.shape.length === 0 || reps.some((times) => times < 1)) return undefined;
  const shape = x.shape.map((size, i) => size * reps[i]!);
  return backend.record('Tile', { kind: 'tile', reps }, [x], shape, 'float32');
};

const gather: Kernel = ({ backend, inputs, attrs }) => {
  const [x, indices] = [inputs.x!, inputs.indices!];
  const { axis, batchDims } = attrs as unknown as GatherV2Attrs;
  if (!areFloat(x) || indices.dtype !== 'int32' || elements(indices.shape) === 0 || batchDims)
    return undefined;
  const [$axis] = tf.util.parseAxisParam(axis, x.shape);
  const limit = x.shape[$axis!]!;
  const known = backend.readSync(indices.dataId) as Int32Array;
  if (!known.every((index) => index >= 0 && index < limit)) return undefined;
  const shape = x.shape.toSpliced($axis!, 1, ...indices.shape);
  return backend.record('GatherV2', { kind: 'gather', axis: $axis! }, [x, indices], shape, 'float32');
};

export const structureKernels: KernelTable = {
  PadV2: pad,
  Slice: sliceKernel,
  SplitV: split,
  Unpack: unpack,
  Concat: concat,
  Pack: pack,
  Transpose: transpose,
  Tile: tile,
  GatherV2: gather,
};
