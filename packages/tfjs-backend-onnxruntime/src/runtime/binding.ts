import { createRequire } from 'node:module';

/** What the native addon takes for a tensor. */
export interface NativeTensor {
  readonly dims: readonly number[];
  readonly data: NativeData;
  readonly type: 'float32' | 'int32' | 'bool';
  readonly location: 'cpu';
}

export type NativeData = Float32Array | Int32Array | Uint8Array;

export interface NativeSessionOptions {
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

interface NativeModule {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

let loaded: NativeModule['binding'] | undefined;

/**
 * ONNX Runtime's synchronous native binding, loaded at its first use.
 * @throws Error when the addon has no build for this platform.
 */
export function nativeBinding(): NativeModule['binding'] {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  try {
    const native: NativeModule = require('onnxruntime-node/dist/binding.js');
    native.initOrt();
    loaded = native.binding;
    return loaded;
  } catch (cause) {
    throw new Error(
      `The onnxruntime backend could not load onnxruntime-node on ${process.platform}-${process.arch} with Node ${process.version}. ` +
        "Check that the package is installed, or choose another backend with tf.setBackend('cpu').",
      { cause },
    );
  }
}
