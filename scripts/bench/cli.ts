/**
 * Times of this project beside PyTorch's, interleaved on this machine, as JSON.
 *
 *     pnpm bench [step] [loader] [--python python3] [--network resnet101] [--batch 4] [--steps 8] [--rounds 3]
 *
 * `step`: a training step (forward, backward, momentum SGD, statistics frozen) and the peak memory of its process.
 * `loader`: images per second from files to transformed batches. PyTorch's half needs a Python with torch (the
 * loader's also torchvision and Pillow); without one, ours stands alone and the report says so.
 */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const exec = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: process.env.SYN2REAL_PYTHON ?? 'python3' },
    network: { type: 'string', default: 'resnet101' },
    batch: { type: 'string', default: '4' },
    steps: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
  },
});
const KINDS = ['step', 'loader'] as const;
const unknown = positionals.filter((kind) => !(KINDS as readonly string[]).includes(kind));
if (unknown.length > 0) {
  console.error(`error: unknown benchmark ${unknown.join(', ')}; expected some of ${KINDS.join(', ')}`);
  process.exit(1);
}
const wanted = positionals.length === 0 ? KINDS : KINDS.filter((kind) => positionals.includes(kind));

/** What a benchmark script prints: one JSON object, on its last line. */
type Measured = Record<string, unknown>;

const root = fileURLToPath(new URL('../../', import.meta.url));
const fromSource = ['--conditions=@syn2real/source', '--import', 'tsx'];

async function runJson(command: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await exec(command, args, { cwd: root, maxBuffer: 2 ** 24 });
  const at = stdout.indexOf('{');
  return JSON.parse(stdout.slice(at)) as Measured;
}

async function hasTorch(): Promise<boolean> {
  return exec(values.python, ['-c', 'import torch']).then(
    () => true,
    () => false,
  );
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;

/** Ours and PyTorch's in turn, so that other load on the machine falls on both. */
async function step(torch: boolean): Promise<Measured> {
  const shape = [values.network, values.batch, values.steps];
  const engine = 'packages/tfjs-backend-onnxruntime/bench';
  const runs: { ours: Measured[]; pytorch: Measured[] } = { ours: [], pytorch: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    runs.ours.push(await runJson(process.execPath, [...fromSource, `${engine}/step.ts`, ...shape]));
    if (torch) runs.pytorch.push(await runJson(values.python, [`${engine}/step_torch.py`, ...shape]));
  }
  const of = (measured: Measured[]) => ({
    msPerStep: median(measured.map(({ msPerStep }) => Number(msPerStep))),
    peakRssMB: Math.max(...measured.map(({ peakRssMB }) => Number(peakRssMB))),
    rounds: measured.map(({ msPerStep }) => Number(msPerStep)),
  });
  const ours = of(runs.ours);
  if (!torch) return { workload: shape.join(' '), ours, pytorch: null };
  const pytorch = of(runs.pytorch);
  return {
    workload: `${values.network}, batch ${values.batch}, training step`,
    ours,
    pytorch,
    speedOfPytorch: pytorch.msPerStep / ours.msPerStep,
    memoryOfPytorch: ours.peakRssMB / pytorch.peakRssMB,
  };
}

const torch = await hasTorch();
const report: Measured = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, torch };
if (!torch)
  report.note = `PyTorch was not measured: ${values.python} has no torch; pip install torch, or pass --python`;
if (wanted.includes('step')) report.step = await step(torch);
if (wanted.includes('loader')) {
  const peer = torch ? ['--python', values.python] : [];
  report.loader = await runJson(process.execPath, [
    ...fromSource,
    'packages/datasets/bench/loader-bench.ts',
    ...peer,
  ]);
}
console.log(JSON.stringify(report, null, 2));
