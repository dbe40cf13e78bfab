import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { findAddon } from './addon.js';

/** What the native addon takes for a tensor. */
export interface NativeTensor {
  readonly dims: readonly number[];
  readonly data: NativeData;
  readonly type: 'float32' | 'int32' | 'bool';
  readonly location: 'cpu';
}

export type NativeData = Float32Array | Int32Array | Uint8Array;

export interface NativeSessionOptions {
  readonly executionProviders?: readonly (
    | string
    | { readonly name: string; readonly forceCpuNodeNames: readonly string[] }
  )[];
  readonly intraOpNumThreads?: number;
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
  readonly executionMode?: 'sequential' | 'parallel';
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  readonly logSeverityLevel?: number;
  readonly enableProfiling?: boolean;
  readonly profileFilePrefix?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface NativeSession {
  loadModel(model: ArrayBufferLike, offset: number, length: number, options: NativeSessionOptions): void;
  run(
    feeds: Readonly<Record<string, NativeTensor>>,
    fetches: Readonly<Record<string, NativeTensor | null>>,
    options: Readonly<Record<string, unknown>>,
  ): Record<string, NativeTensor>;
  endProfiling(): void;
  dispose(): void;
}

interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
}

interface NativeAddon extends NativeBinding {
  initOrtOnce(logLevel: number, Tensor: new (...args: unknown[]) => object, isMainThread: boolean): void;
}

/** onnxruntime-node's own module, which prepares the addon for itself. */
interface NativeModule {
  readonly binding: NativeBinding;
  initOrt(): void;
}

const WARNINGS = 2;

/** The addon makes an object of this class for each output that it copies; ours are written in place. */
class OutputTensor {}

let loaded: NativeBinding | undefined;

function load(): NativeBinding {
  const require = createRequire(import.meta.url);
  const addon = findAddon(require);
  if (addon === undefined)
    throw new Error(`There are no native files for ${process.platform}-${process.arch}.`);
  if (addon.from === 'onnxruntime-node') {
    const native: NativeModule = require('onnxruntime-node/dist/binding.js');
    native.initOrt();
    return native.binding;
  }
  const native: NativeAddon = require(join(addon.folder, 'onnxruntime_binding.node'));
  native.initOrtOnce(WARNINGS, OutputTensor, isMainThread);
  return native;
}

/**
 * ONNX Runtime's synchronous native binding, loaded at its first use.
 * @throws Error when the addon has no build for this platform.
 */
export function nativeBinding(): NativeBinding {
  if (loaded !== undefined) return loaded;
  try {
    loaded = load();
    return loaded;
  } catch (cause) {
    throw new Error(
      `The onnxruntime backend could not load ONNX Runtime on ${process.platform}-${process.arch} with Node ${process.version}: ` +
        `${cause instanceof Error ? cause.message : String(cause)} It has files for linux-x64, linux-arm64, darwin-arm64, ` +
        "win32-x64 and win32-arm64 (glibc on Linux). Choose another backend with tf.setBackend('cpu').",
      { cause },
    );
  }
}
