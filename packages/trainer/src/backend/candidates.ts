/** Names by which a backend can be asked for. */
export type BackendName = 'tfjs-node-gpu' | 'tfjs-node' | 'onnxruntime' | 'wasm' | 'cpu';

/** An engine that TensorFlow.js can run on. */
export interface Candidate {
  readonly name: BackendName;
  /** npm package that registers it. */
  readonly package: string;
  /** The name that it has with TensorFlow.js. */
  readonly registers: string;
  /** Whether it is TensorFlow's C library with its Node binding, which need some preparation. */
  readonly native?: boolean;
  /** What choosing it costs, where that is much. */
  readonly warning?: string;
}

/** In the order of preference. */
export const BACKENDS: readonly Candidate[] = [
  {
    name: 'tfjs-node-gpu',
    package: '@tensorflow/tfjs-node-gpu',
    registers: 'tensorflow',
    native: true,
  },
  {
    name: 'tfjs-node',
    package: '@tensorflow/tfjs-node',
    registers: 'tensorflow',
    native: true,
  },
  {
    name: 'onnxruntime',
    package: '@syn2real/tfjs-backend-onnxruntime',
    registers: 'onnxruntime',
  },
  {
    name: 'wasm',
    package: '@tensorflow/tfjs-backend-wasm',
    registers: 'wasm',
    warning: 'WebAssembly on one thread, about ten times slower than a native engine',
  },
  {
    name: 'cpu',
    package: '@tensorflow/tfjs',
    registers: 'cpu',
    warning:
      'plain JavaScript, hundreds of times slower than a native engine; npm install @tensorflow/tfjs-backend-wasm gives one about ten times slower',
  },
];
