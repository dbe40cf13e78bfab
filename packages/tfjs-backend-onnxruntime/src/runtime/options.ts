import { availableParallelism } from 'node:os';

/** Where graphs run. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

/** The devices that ONNX Runtime's Node binding knows. */
export const DEVICES: readonly Device[] = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'];

/** Settings of the `onnxruntime` backend; what is left out comes from the environment variable or the default. */
export interface OnnxRuntimeOptions {
  /**
   * Where graphs run; what a device has no kernel for runs on the CPU. Variable `TFJS_ONNXRUNTIME_DEVICE`; default `cpu`.
   * See `listDevices`.
   */
  device?: Device;
  /** Threads that one graph uses. Variable `TFJS_ONNXRUNTIME_THREADS`; default: the available parallelism. */
  intraOpThreads?: number;
  /**
   * `recorded`: kernels are recorded and run as one graph when a value is read. `immediate`: each kernel runs at once.
   * Variable `TFJS_ONNXRUNTIME_MODE`; default `recorded`.
   */
  mode?: 'recorded' | 'immediate';
  /** Compiled graphs kept; the one unused for longest is dropped. Variable `TFJS_ONNXRUNTIME_SESSIONS`; default 64. */
  maxSessions?: number;
  /** Recorded kernels that start a run by themselves. Default 20000. */
  maxPending?: number;
  /** Let threads spin while a graph runs (faster alone, slower beside other busy processes). Default true. */
  spinning?: boolean;
  /** Use ONNX Runtime's blocked-channel convolutions where the CPU has them. Default true. */
  blockedLayout?: boolean;
}

export type ResolvedOptions = Required<OnnxRuntimeOptions>;

function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`The onnxruntime backend's option ${name} must be a positive integer, got ${value}.`);
  }
  return value;
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : positiveInteger(name, Number(text));
}

function toDevice(name: string): Device {
  const found = DEVICES.find((device) => device === name);
  if (found === undefined) {
    throw new Error(
      `The onnxruntime backend's option device must be one of ${DEVICES.join(', ')}, got '${name}'.`,
    );
  }
  return found;
}

export function resolveOptions(options: OnnxRuntimeOptions): ResolvedOptions {
  const mode = options.mode ?? process.env.TFJS_ONNXRUNTIME_MODE ?? 'recorded';
  if (mode !== 'recorded' && mode !== 'immediate') {
    throw new Error(
      `The onnxruntime backend's option mode must be 'recorded' or 'immediate', got '${mode}'.`,
    );
  }
  return {
    device: toDevice(options.device ?? process.env.TFJS_ONNXRUNTIME_DEVICE ?? 'cpu'),
    intraOpThreads: positiveInteger(
      'intraOpThreads',
      options.intraOpThreads ?? fromEnvironment('TFJS_ONNXRUNTIME_THREADS') ?? availableParallelism(),
    ),
    mode,
    maxSessions: positiveInteger(
      'maxSessions',
      options.maxSessions ?? fromEnvironment('TFJS_ONNXRUNTIME_SESSIONS') ?? 64,
    ),
    maxPending: positiveInteger('maxPending', options.maxPending ?? 20_000),
    spinning: options.spinning ?? true,
    blockedLayout: options.blockedLayout ?? true,
  };
}
