/**
 * Images per second of this loader and of a PyTorch DataLoader (PIL, torchvision) on the same files and cores.
 *
 *     node --conditions=@syn2real/source --import tsx packages/datasets/bench/loader-bench.ts --python python3
 *
 * Prints one JSON object. Without --python, or where that Python lacks torch or torchvision, only this loader's numbers.
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

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    images: { type: 'string', default: '400' },
    workers: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    epochs: { type: 'string', default: '3' },
  },
});
const [count, workers, batchSize, epochs] = [values.images, values.workers, values.batch, values.epochs].map(
  Number,
);

/** Images per second of each epoch after a first one that starts the threads. */
async function imagesPerSecond(images: readonly ImageRef[], floats: boolean): Promise<number[]> {
  const loader = createLoader({ images, workers, cacheBytes: 0 });
  const rates: number[] = [];
  for (let epoch = 0; epoch <= epochs!; epoch++) {
    const started = performance.now();
    let seen = 0;
    for await (const batch of loader.batches(listOrder(images.length), { batchSize: batchSize! })) {
      if (floats) normalise(batch.images);
      seen += batch.count;
    }
    if (epoch > 0) rates.push(Math.round((seen / (performance.now() - started)) * 1000));
  }
  await loader.close();
  return rates;
}

async function pytorch(root: string): Promise<unknown> {
  if (values.python === undefined) return 'not measured: pass --python';
  const script = fileURLToPath(new URL('./loader_bench.py', import.meta.url));
  const options = [count, workers, batchSize, epochs].map(String);
  try {
    const { stdout } = await promisify(execFile)(values.python, [script, root, ...options]);
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    return `not measured: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const root = await mkdtemp(join(tmpdir(), 'loader-bench-'));
try {
  await makeImages(root, count!);
  const renders = await openVisda17Source(root);
  const photos = await openVisda17Target(root, { split: 'validation' });
  const syn2real = {
    pngBytes: await imagesPerSecond(renders.images, false),
    pngFloats: await imagesPerSecond(renders.images, true),
    jpegBytes: await imagesPerSecond(photos.images, false),
    jpegFloats: await imagesPerSecond(photos.images, true),
  };
  console.log(
    JSON.stringify(
      { unit: 'images/s', count, workers, batchSize, syn2real, pytorch: await pytorch(root) },
      null,
      2,
    ),
  );
} finally {
  await rm(root, { recursive: true });
}
