import { type IrGraph, isSingle, sizeOf } from './ir.js';
import { createKept } from './kept.js';
import { type LoweredGraph, lower } from './lower/lower.js';
import { rewrite } from './lower/rewrite.js';
import type { Program } from './recorder.js';
import { blockSize } from './runtime/block-size.js';
import { createModelRunner } from './runtime/model-runner.js';
import type { ResolvedOptions } from './runtime/options.js';

/** Intermediate results of this size make a program heavy. */
const HEAVY_BYTES = 64 << 20;

/** Next to a value of this size, memory that waits for a value of its own shape is memory lost. */
const HUGE_BYTES = 256 << 20;

/** After so many runs, values that were computed for every second run are kept no longer. */
const TRIAL_RUNS = 4;

const bytesOf = (graph: IrGraph): number =>
  graph.nodes.reduce((total, node) => total + 4 * sizeOf(node.output.shape), 0);

const largest = (graph: IrGraph): number =>
  graph.nodes.reduce((most, node) => Math.max(most, 4 * sizeOf(node.output.shape)), 0);

/** Compiles a recorded graph for ONNX Runtime. */
export function compile(graph: IrGraph, options: ResolvedOptions): Program {
  const isCpu = options.device === 'cpu';
  const rewritten = rewrite(graph);

  // A device's graph is cut into parts, whose order is not the one that the reuse of buffers is planned for.
  const lowered = (from: IrGraph, keepSteady: boolean) =>
    lower(from, {
      block: isCpu && options.blockedLayout ? blockSize() : undefined,
      inPlace: isCpu,
      keepSteady: isCpu && keepSteady,
    });

  function build({ model, inputs, outputs, reuse, kept }: LoweredGraph) {
    const declared = new Set(model.inputs.map(({ name }) => name));
    return {
      fed: inputs.flatMap((name, place) => (declared.has(name) ? [{ name, place }] : [])),
      outputs,
      reuse,
      runner: createModelRunner(model, largest(rewritten) < HUGE_BYTES || !isCpu, options),
      kept: kept && createKept(kept, options),
    };
  }

  let built = build(lowered(rewritten, true));
  let runsWithKept = 0;
  return {
    get reuse() {
      return built.reuse;
    },
    get keptBytes() {
      return built.kept?.bytes ?? 0;
    },
    isHeavy: bytesOf(rewritten) > HEAVY_BYTES,
    keepSteady(same) {
      const { kept, runner } = built;
      const stays = (place: number): boolean => {
        const input = same.inputs[place]!;
        return input.steady || isSingle(input);
      };
      if (kept?.sources.every(stays)) return false;
      const found = lowered(rewrite(same), true);
      if (kept === undefined && found.kept === undefined) return false;
      runner.release();
      kept?.release();
      built = build(found);
      runsWithKept = 0;
      return true;
    },
    run(inputs, results, identityOf) {
      const { fed, outputs, kept, runner } = built;
      const feeds = Object.fromEntries(fed.map(({ name, place }) => [name, inputs[place]!]));
      const fetches = Object.fromEntries(outputs.map((name, i) => [name, results[i]!]));
      runner.run({ ...feeds, ...kept?.tensors(inputs, identityOf) }, fetches);
      if (kept !== undefined) runsWithKept++;
    },
    dropUnsteady() {
      const { kept, runner } = built;
      if (kept === undefined || runsWithKept < TRIAL_RUNS || 2 * kept.computations <= runsWithKept)
        return false;
      runner.release();
      built = build(lowered(rewritten, false));
      return true;
    },
    releaseKept() {
      built.kept?.release();
    },
    release() {
      built.runner.release();
      built.kept?.release();
    },
  };
}
