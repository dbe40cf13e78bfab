/** Processors that others may keep busy during a quiet step. */
export const QUIET_LOAD = 0.05;

const MIN_QUIET = 3;

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};

/** One step: how long it took and how many processors others kept busy meanwhile. */
export interface TimedStep {
  readonly ms: number;
  readonly otherLoad: number;
}

/** The steps with little other load on the machine; the quieter half where there are fewer than three such. */
export function quietSteps(steps: readonly TimedStep[]): readonly TimedStep[] {
  const quiet = steps.filter(({ otherLoad }) => otherLoad <= QUIET_LOAD);
  if (quiet.length >= MIN_QUIET) return quiet;
  const sorted = [...steps].sort((a, b) => a.otherLoad - b.otherLoad);
  return sorted.slice(0, Math.ceil(sorted.length / 2));
}

/** One line of the report, as `--json` prints it. */
export interface Row {
  readonly workload: string;
  readonly engine: string;
  readonly device: string;
  readonly msPerStep: number;
  readonly gflops: number;
  /** Of 1024² matrix products, the best that any engine reached in this run. */
  readonly shareOfGemmPeak: number;
  readonly peakRssMB: number;
  /** Times PyTorch's best mode is slower; null where PyTorch was not measured. */
  readonly ratioToPytorch: number | null;
  /** Memory as a multiple of that mode's. */
  readonly memoryOfPytorch: number | null;
  readonly firstStepMs: number;
  /** Steps the median was taken of. */
  readonly steps: number;
}

/** What one engine measured of one workload, in all rounds. */
export interface Measured {
  readonly workload: string;
  readonly engine: string;
  readonly device: string;
  readonly flops: number;
  readonly steps: readonly TimedStep[];
  readonly peakRssMB: number;
  readonly firstStepMs: number;
}

export const isPytorch = (engine: string): boolean => engine.startsWith('pytorch');

/** Rows in the order measured; PyTorch's best mode of each workload is what the others are compared with. */
export function toRows(measured: readonly Measured[], gemmPeak: number): Row[] {
  const msOf = ({ steps }: Measured) => median(quietSteps(steps).map(({ ms }) => ms));
  return measured.map((one) => {
    const peers = measured.filter(({ workload, engine }) => workload === one.workload && isPytorch(engine));
    const best = peers.sort((a, b) => msOf(a) - msOf(b))[0];
    const msPerStep = msOf(one);
    const gflops = one.flops / (msPerStep * 1e6);
    return {
      workload: one.workload,
      engine: one.engine,
      device: one.device,
      msPerStep,
      gflops,
      shareOfGemmPeak: gflops / gemmPeak,
      peakRssMB: one.peakRssMB,
      ratioToPytorch: best === undefined ? null : msOf(best) / msPerStep,
      memoryOfPytorch: best === undefined ? null : one.peakRssMB / best.peakRssMB,
      firstStepMs: one.firstStepMs,
      steps: quietSteps(one.steps).length,
    };
  });
}

const HEAD = [
  'workload',
  'engine',
  'ms/step',
  'GFLOP/s',
  'of peak',
  'RSS MB',
  'PyTorch/it',
  'RSS/PyTorch',
  'first ms',
];

/** The rows as a Markdown table. */
export function toTable(rows: readonly Row[]): string {
  const ratio = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const cells = rows.map((row) => [
    row.workload,
    row.engine,
    row.msPerStep.toFixed(row.msPerStep < 100 ? 1 : 0),
    row.gflops.toFixed(0),
    `${(100 * row.shareOfGemmPeak).toFixed(0)} %`,
    row.peakRssMB.toFixed(0),
    ratio(row.ratioToPytorch),
    ratio(row.memoryOfPytorch),
    row.firstStepMs.toFixed(0),
  ]);
  const widths = HEAD.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]!.length)));
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, i) => (i < 2 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(HEAD), rule, ...cells.map(line)].join('\n');
}
