/**
 * Training examples per second, 512×512 from images of GTA5's size, of this loader and of a PyTorch DataLoader doing
 * the same with OpenCV and PIL, on the same files and cores.
 *
 *     node --conditions=@syn2real/source --import tsx packages/datasets/bench/dense-bench.ts --python python3
 *
 * Prints one JSON object; the two take turns, so that a busy machine slows both. That Python needs torch, pillow and
 * opencv-python-headless; without --python only this loader is measured.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createRng } from '@syn2real/core';
import { createDenseLoader, epochOrder, openGta5Source } from '../src/index.js';
import { makeScenes } from './make-scenes.js';
import { besideEachOther, measureEpochs, type Rates } from './rates.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    images: { type: 'string', default: '24' },
    workers: { type: 'string', default: '2' },
    batch: { type: 'string', default: '6' },
    epochs: { type: 'string', default: '3' },
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

async function measure(root: string): Promise<Rates> {
  const source = await openGta5Source(root);
  const loader = createDenseLoader({ source, workers });
  const rng = createRng(0);
  let turn = 0;
  const epoch = async (): Promise<void> => {
    const order = epochOrder(source.images.length, rng.split('order'), turn);
    const options = { batchSize: batchSize!, rng: rng.split('augment').split(turn) };
    for await (const batch of loader.batches(order, options)) {
      if (batch.count === 0) throw new Error('An empty batch.');
    }
    turn += 1;
  };
  return measureEpochs(epochs!, source.images.length, epoch).finally(() => loader.close());
}

async function measurePytorch(root: string): Promise<Rates> {
  const script = fileURLToPath(new URL('./dense_bench.py', import.meta.url));
  const options = [count, workers, batchSize, epochs].map(String);
  const { stdout } = await promisify(execFile)(values.python!, [script, root, ...options]);
  return JSON.parse(stdout) as Rates;
}

const root = await mkdtemp(join(tmpdir(), 'dense-bench-'));
try {
  await makeScenes(root, count!);
  const ours: Rates[] = [];
  const theirs: Rates[] = [];
  for (let round = 0; round < rounds!; round++) {
    ours.push(await measure(root));
    if (values.python !== undefined) theirs.push(await measurePytorch(root));
  }
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const denseExamples = besideEachOther(ours, theirs);
  console.log(
    JSON.stringify({ count, workers, batchSize, rounds, denseExamples, syn2realPeakMiB: peakMiB }, null, 2),
  );
} finally {
  await rm(root, { recursive: true });
}
