import { FormatError } from '../errors.js';
import type { TensorRecord } from '../tensor-record.js';
import { describe, isKind, type Pickled, type TensorRef } from './values.js';

/**
 * What a checkpoint holds, as plain data: a dict is a `Map`, a list or tuple an array, an integer beyond 2⁵³ a bigint, a
 * `torch.dtype` its name. Parts that the checkpoint shares are shared here.
 */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CheckpointValue[]
  | ReadonlyMap<CheckpointValue, CheckpointValue>
  | ReadonlySet<CheckpointValue>
  | TensorRecord;

const DEEPEST = 100;

/** Every tensor under a value, each once. @throws FormatError when it is nested too deeply or contains itself */
export function tensorsUnder(root: Pickled): Set<TensorRef> {
  const tensors = new Set<TensorRef>();
  rebuild(root, (tensor) => {
    tensors.add(tensor);
    return null;
  });
  return tensors;
}

/** The value with every tensor replaced. @throws FormatError when it is nested too deeply or contains itself */
export function withTensors(root: Pickled, records: ReadonlyMap<TensorRef, TensorRecord>): CheckpointValue {
  return rebuild(root, (tensor) => records.get(tensor) ?? null);
}

function rebuild(root: Pickled, tensorOf: (tensor: TensorRef) => CheckpointValue): CheckpointValue {
  const done = new Map<Pickled, CheckpointValue>();
  const open = new Set<Pickled>();

  function visit(value: Pickled, depth: number): CheckpointValue {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const known = done.get(value);
    if (known !== undefined) return known;
    if (depth > DEEPEST || open.has(value)) {
      throw new FormatError(
        'its content is nested too deeply',
        open.has(value) ? 'a container in itself' : `${depth} levels`,
        `at most ${DEEPEST}`,
      );
    }
    open.add(value);
    const result = build(value, depth + 1);
    open.delete(value);
    done.set(value, result);
    return result;
  }

  function build(
    value: Exclude<Pickled, string | number | bigint | boolean | null>,
    depth: number,
  ): CheckpointValue {
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map((item) => visit(item, depth));
    if (value instanceof Set) return new Set([...value].map((item) => visit(item, depth)));
    if (value instanceof Map)
      return new Map([...value].map(([key, item]) => [visit(key, depth), visit(item, depth)]));
    if (isKind(value, 'tensor')) return tensorOf(value);
    if (isKind(value, 'global') && value.call === undefined) return value.name;
    throw new FormatError(
      'its content is not plain data',
      describe(value),
      'tensors, containers, texts and numbers',
    );
  }

  return visit(root, 0);
}
