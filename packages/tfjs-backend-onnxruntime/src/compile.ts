import type { IrGraph } from './ir.js';
import { lower } from './lower/lower.js';
import { rewrite } from './lower/rewrite.js';
import type { Program } from './recorder.js';
import type { NativeTensor } from './runtime/binding.js';
import { blockSize } from './runtime/block-size.js';
import type { ResolvedOptions } from './runtime/options.js';
import { createSession, runInto } from './runtime/session.js';

const toRecord = (names: readonly string[], tensors: readonly NativeTensor[]): Record<string, NativeTensor> =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));

/** Compiles a recorded graph into an ONNX Runtime session. */
export function compile(graph: IrGraph, options: ResolvedOptions): Program {
  const lowered = lower(rewrite(graph), options.blockedLayout ? blockSize() : undefined);
  const session = createSession(lowered.model, options);
  return {
    run: (inputs, outputs) =>
      runInto(session, toRecord(lowered.inputs, inputs), toRecord(lowered.outputs, outputs)),
    dispose: () => {
      if (process.env.TFJS_ONNXRUNTIME_PROFILE !== undefined) session.endProfiling();
      session.dispose();
    },
  };
}
