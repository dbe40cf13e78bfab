import { type IrGraph, sizeOf } from './ir.js';
import { lower } from './lower/lower.js';
import { rewrite } from './lower/rewrite.js';
import { encodeModel, type OnnxGraph } from './onnx/model.js';
import type { Program } from './recorder.js';
import type { NativeSession, NativeTensor } from './runtime/binding.js';
import { blockSize } from './runtime/block-size.js';
import type { ResolvedOptions } from './runtime/options.js';
import { createSession, runInto } from './runtime/session.js';

const toRecord = (names: readonly string[], tensors: readonly NativeTensor[]): Record<string, NativeTensor> =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));

/** Intermediate results of this size make a program heavy. */
const HEAVY_BYTES = 64 << 20;

/** Next to a value of this size, memory that waits for a value of its own shape is memory lost. */
const HUGE_BYTES = 256 << 20;

const bytesOf = (graph: IrGraph): number =>
  graph.nodes.reduce((total, node) => total + 4 * sizeOf(node.output.shape), 0);

const largest = (graph: IrGraph): number =>
  graph.nodes.reduce((most, node) => Math.max(most, 4 * sizeOf(node.output.shape)), 0);

/** Max-pooling with indices: WebGPU takes the node and then refuses to run it. */
const beyondDevice = (graph: OnnxGraph): string[] =>
  graph.nodes.filter(({ op, outputs }) => op === 'MaxPool' && outputs.length > 1).map(({ name }) => name);

/** Compiles a recorded graph for ONNX Runtime. */
export function compile(graph: IrGraph, options: ResolvedOptions): Program {
  const rewritten = rewrite(graph);
  const isCpu = options.device === 'cpu';
  // A device's graph is cut into parts, whose order is not the one that the reuse of buffers is planned for.
  const lowered = lower(rewritten, {
    block: isCpu && options.blockedLayout ? blockSize() : undefined,
    inPlace: isCpu,
  });
  const model = encodeModel(lowered.model, { shapes: largest(rewritten) < HUGE_BYTES || !isCpu });
  const onCpu = beyondDevice(lowered.model);
  let session: NativeSession | undefined = createSession(model, options, onCpu);
  return {
    reuse: lowered.reuse,
    isHeavy: bytesOf(rewritten) > HEAVY_BYTES,
    run(inputs, outputs) {
      session ??= createSession(model, options, onCpu);
      runInto(session, toRecord(lowered.inputs, inputs), toRecord(lowered.outputs, outputs));
    },
    release() {
      if (session === undefined) return;
      if (process.env.TFJS_ONNXRUNTIME_PROFILE !== undefined) session.endProfiling();
      session.dispose();
      session = undefined;
    },
  };
}
