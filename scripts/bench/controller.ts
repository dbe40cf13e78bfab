import { benchEngine, type EngineBenchOptions } from './engine.js';
import { FROM_SOURCE, runJson } from './run-json.js';

/** What `packages/l2o/bench/overhead.ts` prints. */
interface Overhead {
  readonly decideMs: number;
  readonly updateMs: number;
  readonly observeMs: number;
  readonly normsMs: number;
}

/** A controller's cost beside a training step's; shares are of the step. */
export interface ControllerBench extends Overhead {
  readonly workload: string;
  readonly stepMs: number;
  /** Observing in each iteration and deciding every tenth, the shortest window of the released code. */
  readonly share: number;
  /** The same with a decision in each iteration, as printed. */
  readonly shareEachIteration: number;
  /** What Auto-RGN's norms add. */
  readonly shareOfNorms: number;
}

/** The step, then the controller, each in a process of its own on the engine. */
export async function benchController(options: EngineBenchOptions): Promise<ControllerBench> {
  const [row] = await benchEngine({ ...options, engines: ['onnxruntime'] });
  if (row === undefined) throw new Error('The step could not be measured.');
  const overhead = await runJson<Overhead>(process.execPath, [
    ...FROM_SOURCE,
    'packages/l2o/bench/overhead.ts',
    'onnxruntime',
  ]);
  const { observeMs, decideMs, normsMs } = overhead;
  return {
    ...overhead,
    workload: row.workload,
    stepMs: row.msPerStep,
    share: (observeMs + decideMs / 10) / row.msPerStep,
    shareEachIteration: (observeMs + decideMs) / row.msPerStep,
    shareOfNorms: normsMs / row.msPerStep,
  };
}
