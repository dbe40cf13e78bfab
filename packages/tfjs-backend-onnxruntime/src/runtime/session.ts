import { SEQUENCE_OUTPUT } from '../onnx/model.js';
import {
  type NativeSession,
  type NativeSessionOptions,
  type NativeTensor,
  nativeBinding,
} from './binding.js';
import type { Device, ResolvedOptions } from './options.js';

const ERRORS_ONLY = 3;
const FATAL_ONLY = 4;

/** The CPU's provider is always there, last: it runs what the device has no kernel for. */
function provider(device: Device, onCpu: readonly string[]): NativeSessionOptions {
  if (device === 'cpu') return {};
  const names = device === 'webgpu' && onCpu.length > 0;
  return { executionProviders: [names ? { name: device, forceCpuNodeNames: onCpu } : device] };
}

/** ONNX Runtime names profiles by the second; a number tells those of one second apart. */
let profiles = 0;

function sessionOptions(options: ResolvedOptions, onCpu: readonly string[]): NativeSessionOptions {
  const profile = process.env.TFJS_ONNXRUNTIME_PROFILE;
  return {
    intraOpNumThreads: options.intraOpThreads,
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    enableMemPattern: false,
    logSeverityLevel: ERRORS_ONLY,
    ...(profile === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: `${profile}_${profiles++}` }),
    ...provider(options.device, onCpu),
    extra: {
      session: options.spinning ? { force_spinning_stop: '1' } : { intra_op: { allow_spinning: '0' } },
    },
  };
}

function load(model: Uint8Array, options: NativeSessionOptions): NativeSession {
  const session = new (nativeBinding().InferenceSession)();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  return session;
}

/**
 * @param model A serialised ONNX model.
 * @param onCpu Names of nodes that the device takes and cannot run.
 */
export function createSession(
  model: Uint8Array,
  options: ResolvedOptions,
  onCpu: readonly string[] = [],
): NativeSession {
  return load(model, sessionOptions(options, onCpu));
}

/** A session on a device, to see whether it is there. */
export function createProviderSession(model: Uint8Array, device: Device): NativeSession {
  return load(model, { ...provider(device, []), intraOpNumThreads: 1, logSeverityLevel: FATAL_ONLY });
}

/**
 * Runs a session into the buffers of `fetches`, without a copy.
 *
 * ONNX Runtime writes straight into pre-allocated outputs, but the addon then copies every tensor output once more.
 * It does so in order and stops with an error at one that is no tensor: the empty sequence that each model has as its
 * first output. By then the buffers are filled.
 */
export function runInto(
  session: NativeSession,
  feeds: Readonly<Record<string, NativeTensor>>,
  fetches: Readonly<Record<string, NativeTensor>>,
): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    session.run(feeds, { [SEQUENCE_OUTPUT]: null, ...fetches }, {});
  } catch (error) {
    if (!(error instanceof Error && /non tensor type/i.test(error.message))) throw error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}
