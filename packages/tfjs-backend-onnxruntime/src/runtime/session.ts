import { SEQUENCE_OUTPUT } from '../onnx/model.js';
import {
  type NativeSession,
  type NativeSessionOptions,
  type NativeTensor,
  nativeBinding,
} from './binding.js';
import type { ResolvedOptions } from './options.js';

const ERRORS_ONLY = 3;

function sessionOptions(options: ResolvedOptions): NativeSessionOptions {
  const profile = process.env.TFJS_ONNXRUNTIME_PROFILE;
  return {
    intraOpNumThreads: options.intraOpThreads,
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    enableMemPattern: false,
    logSeverityLevel: ERRORS_ONLY,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: options.spinning ? { force_spinning_stop: '1' } : { intra_op: { allow_spinning: '0' } },
    },
  };
}

/** @param model A serialised ONNX model. */
export function createSession(model: Uint8Array, options: ResolvedOptions): NativeSession {
  const session = new (nativeBinding().InferenceSession)();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, sessionOptions(options));
  return session;
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
