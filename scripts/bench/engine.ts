import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { flopsOf } from '../../packages/tfjs-backend-onnxruntime/bench/flops.js';
import { type Settings, WARM_UP } from '../../packages/tfjs-backend-onnxruntime/bench/settings.js';
import { WORKLOADS, type Workload } from '../../packages/tfjs-backend-onnxruntime/bench/workloads.js';
import { run, runJson, torchVersion } from './run-json.js';
import { isPytorch, type Measured, type Row, toRows, toTable } from './summary.js';

export const ENGINES = ['onnxruntime', 'pytorch-eager', 'pytorch-compile', 'tfjs-node'] as const;
export type Engine = (typeof ENGINES)[number];

export interface EngineBenchOptions {
  readonly workloads: readonly Workload[];
  readonly engines: readonly Engine[];
  readonly rounds: number;
  /** Steps of a round that count; those before them warm up. */
  readonly steps: number;
  readonly python: string;
  /** Folder that a tfjs-node is installed in. */
  readonly tfjsNode: string | undefined;
  /** Words put before each measured program, as in `chrt -f 50`. */
  readonly launcher: readonly string[];
  readonly log: (line: string) => void;
}

/** What one process prints. */
interface ProcessReport {
  readonly device: string;
  readonly times: readonly number[];
  readonly otherLoad: readonly number[];
  readonly peakRssMB: number;
  readonly gemmPeak: number;
}

const FOLDER = 'packages/tfjs-backend-onnxruntime/bench';

/** Our step as one file of JavaScript. */
async function buildStep(): Promise<string> {
  return (await run(process.execPath, [`${FOLDER}/build.mjs`])).trim();
}

interface Started extends EngineBenchOptions {
  readonly bundle: string;
}

function start(engine: Engine, settings: Settings, options: Started): Promise<ProcessReport> {
  const args = [JSON.stringify(settings), String(options.steps + WARM_UP)];
  const launch = (words: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
    const [command, ...rest] = [...options.launcher, ...words];
    return runJson<ProcessReport>(command!, rest, environment);
  };
  if (isPytorch(engine)) {
    const mode = engine === 'pytorch-compile' ? 'compile' : 'eager';
    return launch([options.python, `${FOLDER}/step_torch.py`, ...args, mode]);
  }
  const environment = engine === 'tfjs-node' ? { BENCH_TFJS_NODE: options.tfjsNode } : {};
  return launch([process.execPath, options.bundle, ...args], environment);
}

/** The engines that are there, each missing one announced. */
async function available(options: EngineBenchOptions): Promise<Engine[]> {
  const torch = await torchVersion(options.python);
  const { tfjsNode } = options;
  const hasTfjsNode = tfjsNode !== undefined && existsSync(`${tfjsNode}/node_modules/@tensorflow/tfjs-node`);
  options.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`);
  options.log(
    torch === undefined
      ? `PyTorch is left out: ${options.python} has no torch. pip install torch, or give --python PYTHON.`
      : `PyTorch ${torch}`,
  );
  if (!hasTfjsNode) {
    options.log('tfjs-node is left out: give --tfjs-node FOLDER (or TFJS_NODE_DIR), where one is installed.');
  }
  return options.engines.filter(
    (engine) => engine === 'onnxruntime' || (isPytorch(engine) ? torch !== undefined : hasTfjsNode),
  );
}

const settingsFor = (workload: Workload, engine: Engine): Settings =>
  isPytorch(engine) ? workload.pytorch : workload.ours;

/** Measures every workload on every engine, the engines taking turns; one process at a time. */
export async function benchEngine(options: EngineBenchOptions): Promise<Row[]> {
  const engines = await available(options);
  const started: Started = { ...options, bundle: await buildStep() };
  const measured: Measured[] = [];
  let gemmPeak = 0;
  for (const workload of options.workloads) {
    const reports = new Map<Engine, ProcessReport[]>();
    const failed = new Set<Engine>();
    for (let round = 0; round < options.rounds; round++) {
      for (const engine of engines) {
        if (failed.has(engine)) continue;
        try {
          const report = await start(engine, settingsFor(workload, engine), started);
          gemmPeak = Math.max(gemmPeak, report.gemmPeak);
          reports.set(engine, [...(reports.get(engine) ?? []), report]);
        } catch (cause) {
          failed.add(engine);
          options.log(
            `${engine} failed on ${workload.name}: ${String(cause).split('\n').slice(0, 12).join('\n')}`,
          );
        }
      }
    }
    for (const [engine, rounds] of reports) {
      measured.push({
        workload: workload.name,
        engine,
        device: rounds[0]!.device,
        flops: flopsOf(settingsFor(workload, engine)),
        steps: rounds.flatMap(({ times, otherLoad }) =>
          times.slice(WARM_UP).map((ms, i) => ({ ms, otherLoad: otherLoad[i + WARM_UP]! })),
        ),
        peakRssMB: Math.max(...rounds.map(({ peakRssMB }) => peakRssMB)),
        firstStepMs: Math.min(...rounds.map(({ times }) => times[0]!)),
      });
    }
    const rows = toRows(
      measured.filter((one) => one.workload === workload.name),
      gemmPeak,
    );
    options.log(`\n${workload.title}\n${toTable(rows)}`);
  }
  options.log(`\nGEMM-1024 peak: ${gemmPeak.toFixed(0)} GFLOP/s`);
  return toRows(measured, gemmPeak);
}

export { WORKLOADS };
