/** After a first epoch that starts the threads: images per second of each epoch, CPU milliseconds an image over all. */
export interface Rates {
  imagesPerSecond: number[];
  cpuMsPerImage: number;
}

/** Measures an epoch, again and again, after one that does not count. */
export async function measureEpochs(
  epochs: number,
  images: number,
  run: () => Promise<void>,
): Promise<Rates> {
  await run();
  const before = process.cpuUsage();
  const rates: number[] = [];
  for (let i = 0; i < epochs; i++) {
    const started = performance.now();
    await run();
    rates.push((images / (performance.now() - started)) * 1000);
  }
  const { user, system } = process.cpuUsage(before);
  return { imagesPerSecond: rates, cpuMsPerImage: (user + system) / 1000 / images / epochs };
}

/** The rounds as one: the median rate and the mean CPU time. */
export function summary(rounds: readonly Rates[]): { imagesPerSecond: number; cpuMsPerImage: number } {
  const sorted = rounds.flatMap(({ imagesPerSecond }) => imagesPerSecond).sort((a, b) => a - b);
  const cpu = rounds.reduce((sum, { cpuMsPerImage }) => sum + cpuMsPerImage, 0) / rounds.length;
  return {
    imagesPerSecond: rounded(sorted[sorted.length >> 1]!),
    cpuMsPerImage: Math.round(cpu * 100) / 100,
  };
}

function rounded(rate: number): number {
  return rate < 100 ? Math.round(rate * 10) / 10 : Math.round(rate);
}

/** What a bench prints: the two beside each other. */
export function besideEachOther(ours: readonly Rates[], theirs: readonly Rates[]) {
  return {
    syn2real: summary(ours),
    pytorch: theirs.length === 0 ? 'not measured: pass --python' : summary(theirs),
  };
}
