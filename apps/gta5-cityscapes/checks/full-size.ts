/**
 * FCN-8s with VGG-16 at the published sizes: trains on 512 × 512 squares of generated 1052 × 1914 images, is killed by
 * SIGKILL and goes on, and must end with the same bits as a run that never was. Then measures the trained network.
 *
 *   node --conditions=@syn2real/source --import tsx apps/gta5-cityscapes/checks/full-size.ts DIR [--steps 3] [--batch 1]
 *
 * Weights are drawn at random (528 MB, as PyTorch's VGG-16); nothing is downloaded. DIR needs about 10 GB, the machine
 * about 6 GB of memory. Linux alone. Prints the highest memory of a training process, and of the evaluation of a
 * 1024 × 2048 image.
 */
import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFiles } from './full-size/files.js';
import { highest, runWatched, stepsIn } from './full-size/process.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '3' }, batch: { type: 'string', default: '1' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('Name a folder to work in.');
const files = await makeFiles(folder, { images: Number(values.steps) * Number(values.batch) });

const whole = join(folder, 'whole');
const killed = join(folder, 'killed');
for (const dir of [whole, killed]) rmSync(dir, { recursive: true, force: true });
const trained = await runWatched(training(whole));
console.log(`trained without a stop; highest memory ${gigabytes(highest(trained))}`);
const killAfter = Math.max(1, Number(values.steps) - 1);
await runWatched(training(killed), { kill: () => stepsIn(killed) >= killAfter });
await runWatched([...training(killed), '--resume']);
const [a, b] = await Promise.all([whole, killed].map((dir) => hashOf(join(dir, 'model.safetensors'))));
console.log(a === b ? `the same bits: ${a}` : `other bits: ${a} and ${b}`);
process.exitCode = a === b ? 0 : 1;
const model = join(whole, 'model.safetensors');
const evaluated = await runWatched(['evaluate', '--target', files.target, '--weights', model]);
console.log(`evaluated 1024 × 2048; highest memory ${gigabytes(highest(evaluated))}`);

function training(out: string): string[] {
  const options = {
    source: files.source,
    weights: files.weights,
    epochs: '1',
    'batch-size': values.batch!,
    'checkpoint-every': '1',
    workers: '1',
    warmup: '2',
    out,
  };
  return ['train', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}

function gigabytes(megabytes: number): string {
  return `${(megabytes / 1024).toFixed(2)} GB`;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
