/**
 * Images per second of this loader and of a PyTorch DataLoader (PIL, torchvision) on the same files and cores.
 *
 *     node --conditions=@syn2real/source --import tsx packages/datasets/bench/loader-bench.ts --python python3
 *
 * Prints one JSON object; the two take turns, so that a busy machine slows both. That Python needs torch, torchvision
 * and pillow; without --python only this loader is measured.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { ImageRef } from '@syn2real/core';
import { createLoader, listOrder, normalise, openVisda17Source, openVisda17Target } from '../src/index.js';
import { makeImages } from './make-images.js';
import { besideEachOther, measureEpochs, type Rates } from './rates.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    images: { type: 'string', default: '400' },
    workers: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    epochs: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
});
const [count, workers, batchSize, epochs, rounds] = [
  values.images,
  values.workers,
  values.batch,
  values.epochs,
  values.rounds,
].map(Number);

/** What is measured: files, and whether the bytes are normalised to floats too. */
const CASES = { pngBytes: false, pngFloats: true, jpegBytes: false, jpegFloats: true } as const;
type Case = keyof typeof CASES;

function measure(images: readonly ImageRef[], floats: boolean): Promise<Rates> {
  const loader = createLoader({ images, workers, cacheBytes: 0 });
  const epoch = async (): Promise<void> => {
    for await (const batch of loader.batches(listOrder(images.length), { batchSize: batchSize! })) {
      if (floats) normalise(batch.images);
    }
  };
  return measureEpochs(epochs!, images.length, epoch).finally(() => loader.close());
}

async function measurePytorch(root: string, name: Case): Promise<Rates> {
  const script = fileURLToPath(new URL('./loader_bench.py', import.meta.url));
  const options = [name, count, workers, batchSize, epochs].map(String);
  const { stdout } = await promisify(execFile)(values.python!, [script, root, ...options]);
  return JSON.parse(stdout) as Rates;
}

const root = await mkdtemp(join(tmpdir(), 'loader-bench-'));
try {
  await makeImages(root, count!);
  const png = (await openVisda17Source(root)).images;
  const jpeg = (await openVisda17Target(root, { split: 'validation' })).images;
  const results: Record<string, unknown> = {};
  for (const [name, floats] of Object.entries(CASES) as [Case, boolean][]) {
    const ours: Rates[] = [];
    const theirs: Rates[] = [];
    for (let round = 0; round < rounds!; round++) {
      ours.push(await measure(name.startsWith('png') ? png : jpeg, floats));
      if (values.python !== undefined) theirs.push(await measurePytorch(root, name));
    }
    results[name] = besideEachOther(ours, theirs);
  }
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    JSON.stringify({ count, workers, batchSize, rounds, ...results, syn2realPeakMiB: peakMiB }, null, 2),
  );
} finally {
  await rm(root, { recursive: true });
}
