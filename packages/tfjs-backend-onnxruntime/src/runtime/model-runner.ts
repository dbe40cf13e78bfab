import { encodeModel, type OnnxGraph } from '../onnx/model.js';
import type { NativeSession, NativeTensor } from './binding.js';
import type { ResolvedOptions } from './options.js';
import { createSession, runInto } from './session.js';

export type NamedTensors = Readonly<Record<string, NativeTensor>>;

/** Runs one model, again and again. */
export interface ModelRunner {
  run(feeds: NamedTensors, fetches: NamedTensors): void;
  /** Gives the session's memory back; the next run makes it anew. */
  release(): void;
}

/** Max-pooling with indices: WebGPU takes the node and then refuses to run it. */
const beyondDevice = (graph: OnnxGraph): string[] =>
  graph.nodes.filter(({ op, outputs }) => op === 'MaxPool' && outputs.length > 1).map(({ name }) => name);

/** @param shapes See `encodeModel`. */
export function createModelRunner(graph: OnnxGraph, shapes: boolean, options: ResolvedOptions): ModelRunner {
  const model = encodeModel(graph, { shapes });
  const onCpu = beyondDevice(graph);
  let session: NativeSession | undefined = createSession(model, options, onCpu);
  return {
    run(feeds, fetches) {
      session ??= createSession(model, options, onCpu);
      runInto(session, feeds, fetches);
    },
    release() {
      if (session === undefined) return;
      if (process.env.TFJS_ONNXRUNTIME_PROFILE !== undefined) session.endProfiling();
      session.dispose();
      session = undefined;
    },
  };
}
