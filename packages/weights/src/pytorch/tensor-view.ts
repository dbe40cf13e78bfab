import { FormatError } from '../errors.js';
import { numelOf } from '../tensor-record.js';
import { describe, isKind, type Pickled, type TensorRef, type TensorView } from './values.js';

const MOST_AXES = 64;

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)`. */
export function rebuildTensor(args: readonly Pickled[]): TensorRef {
  return { kind: 'tensor', view: tensorView(args) };
}

/**
 * A view checked against its storage: every element it reaches lies inside.
 *
 * @throws FormatError when it does not
 */
export function tensorView([storage, offset, size, stride]: readonly Pickled[]): TensorView {
  if (!isKind(storage, 'storage'))
    throw new FormatError('it holds a damaged tensor', describe(storage), 'a storage');
  const shape = counts(size);
  const strides = counts(stride);
  const numel = numelOf(shape);
  if (
    typeof offset !== 'number' ||
    !Number.isSafeInteger(offset) ||
    offset < 0 ||
    shape.length !== strides.length
  ) {
    throw new FormatError(
      'it holds a damaged tensor',
      `offset ${describe(offset)}, ${shape.length} sizes, ${strides.length} strides`,
      'a view',
    );
  }
  if (Number.isNaN(numel))
    throw new FormatError('it holds a giant tensor', `[${shape.join(', ')}]`, 'fewer elements');
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * (strides[axis] ?? 0), offset);
  if (numel > 0 && !(last < storage.numel)) {
    throw new FormatError(
      'it holds a tensor that leaves its storage',
      `element ${last}`,
      `at most ${storage.numel - 1}, in storage "${storage.key.slice(0, 40)}"`,
    );
  }
  return { storage, offset, shape, strides };
}

function counts(value: Pickled | undefined): number[] {
  if (!Array.isArray(value) || value.length > MOST_AXES)
    throw new FormatError('it holds a damaged tensor', describe(value), 'a short list of sizes');
  return value.map((item) => {
    if (typeof item === 'number' && Number.isSafeInteger(item) && item >= 0) return item;
    throw new FormatError('it holds a damaged tensor', describe(item), 'a non-negative integer');
  });
}
