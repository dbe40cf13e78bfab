import type { DType } from '../tensor-record.js';

/** What the unpickler builds; tuples and lists are arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | Set<Pickled>
  | PickledGlobal
  | StorageRef
  | TensorRef
  | NumpyDType;

/** One of the few names a pickle may mention. */
export interface PickledGlobal {
  readonly kind: 'global';
  /** "torch._utils._rebuild_tensor_v2" */
  readonly name: string;
  /** What calling it builds, if it can be called. */
  readonly call?: (args: readonly Pickled[]) => Pickled;
  /** Element type, for a storage class. */
  readonly dtype?: DType;
}

/** A stretch of one of the file's storages, not read yet. Offset and numel count elements. */
export interface StorageRef {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: DType;
  readonly offset: number;
  readonly numel: number;
}

/** A tensor as a view of a storage. Old files make it first and fill it afterwards (BUILD). */
export interface TensorRef {
  readonly kind: 'tensor';
  view?: TensorView;
}

/** Offset and strides count elements. */
export interface TensorView {
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** NumPy's description of a scalar's type. */
export interface NumpyDType {
  readonly kind: 'numpy-dtype';
  readonly code: string;
  littleEndian: boolean;
}

type Kind = 'global' | 'storage' | 'tensor' | 'numpy-dtype';

/** Narrows to one of the four kinds of objects. */
export function isKind<K extends Kind>(
  value: Pickled | undefined,
  kind: K,
): value is Extract<Pickled, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** A short description for messages: "a list", "the text "abc"". */
export function describe(value: Pickled | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value !== 'object') return `${typeof value} ${String(value).slice(0, 40)}`;
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Set) return 'a set';
  return value.kind === 'global' ? value.name : `a ${value.kind}`;
}
