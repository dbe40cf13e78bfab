/**
 * Memory of a run of `train` with FCN-8s VGG-16 at the published sizes, part by part: three steps on 512 × 512 squares at
 * batch 1, checkpoints, a held-out image of 1052 × 1914 pixels, exported weights; then of `evaluate` on an image of
 * 1024 × 2048. `memory_torch.py` is the same in PyTorch.
 *
 *   node --conditions=@syn2real/source --import tsx apps/gta5-cityscapes/checks/memory.ts DIR [naive|proxy-guidance]
 *
 * Linux alone. Weights and images are drawn at random; DIR needs about 10 GB. Prints a JSON line: the highest resident
 * memory of each part and what was resident at its end, of the run, and of the evaluation, in MB.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFiles } from './full-size/files.js';
import { highest, runWatched, trainingPart } from './full-size/process.js';

const STEPS = 3;
const [folder, method = 'naive'] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name a folder to work in.');
const { source, target, weights } = await makeFiles(folder, { images: STEPS });
const out = join(folder, `memory-${method}`);
rmSync(out, { recursive: true, force: true });
const options = {
  source,
  weights,
  method,
  epochs: '1',
  'batch-size': '1',
  'checkpoint-every': '2',
  'source-held-out': '1',
  workers: '1',
  warmup: '2',
  out,
};
const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const parts = await runWatched(['train', ...given], { part: () => trainingPart(out, STEPS) });
const model = join(out, 'model.safetensors');
const evaluated = await runWatched(['evaluate', '--target', target, '--weights', model]);
console.log(JSON.stringify({ method, parts, train: highest(parts), evaluate: highest(evaluated) }));
