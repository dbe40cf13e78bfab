import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';

export interface KernelCall {
  readonly backend: OnnxRuntimeBackend;
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
}

/** Records a kernel call; undefined hands it to TensorFlow.js's CPU kernel. */
export type Kernel = (call: KernelCall) => TensorInfo | TensorInfo[] | undefined;

export type KernelTable = Readonly<Record<string, Kernel>>;

export const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** All are float32 and none is empty. */
export const areFloat = (...infos: readonly (TensorInfo | undefined | null)[]): boolean =>
  infos.every(
    (info) => info === undefined || info === null || (info.dtype === 'float32' && elements(info.shape) > 0),
  );

/** Calls `use` with an intermediate result and lets go of it afterwards. */
export function consume<Result>(
  backend: OnnxRuntimeBackend,
  info: TensorInfo,
  use: (info: TensorInfo) => Result,
): Result {
  const result = use(info);
  backend.disposeIntermediateTensorInfo(info);
  return result;
}

/** A TensorFlow.js view of the same data in another shape, with a reference of its own. */
export function view(backend: OnnxRuntimeBackend, info: TensorInfo, shape: readonly number[]): TensorInfo {
  backend.incRef(info.dataId);
  return { dataId: info.dataId, shape: [...shape], dtype: info.dtype };
}

/** The same data read in another shape by one recorded call. */
export const as = (info: TensorInfo, shape: readonly number[]): TensorInfo => ({
  ...info,
  shape: [...shape],
});

/** The operands of a kernel that takes a list of them. */
export const all = (inputs: NamedTensorInfoMap): TensorInfo[] =>
  Object.values(inputs).filter((info) => info !== undefined);
