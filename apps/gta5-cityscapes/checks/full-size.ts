/**
 * FCN-8s with VGG-16 at the published sizes: trains on 512 × 512 squares of generated 1052 × 1914 images, is killed by
 * SIGKILL and goes on, and must end with the same bits as a run that never was. Then measures the trained network.
 *
 *   node --conditions=@syn2real/source --import tsx apps/gta5-cityscapes/checks/full-size.ts DIR [--steps 3] [--batch 1]
 *
 * Weights are drawn at random (528 MB, as PyTorch's VGG-16); nothing is downloaded. DIR needs about 10 GB, the machine
 * about 8 GB of memory. Prints the highest memory of a training process, and of the evaluation of a 1024 × 2048 image.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBackbone, vggOldHead } from '@syn2real/backbones';
import { createRng, disposeParams } from '@syn2real/core';
import { toStateDict, writeSafetensors } from '@syn2real/weights';
import sharp from 'sharp';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '3' }, batch: { type: 'string', default: '1' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('Name a folder to work in.');
const images = Number(values.steps) * Number(values.batch);
const program = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

await makeImages();
await makeWeights();
const whole = join(folder, 'whole');
const killed = join(folder, 'killed');
const peak = await run(whole, [], undefined);
console.log(`trained without a stop; highest memory ${(peak / 2 ** 20).toFixed(2)} GB`);
await run(killed, [], Math.max(1, Number(values.steps) - 1));
await run(killed, ['--resume'], undefined);
const [a, b] = await Promise.all([whole, killed].map((dir) => hashOf(join(dir, 'model.safetensors'))));
console.log(a === b ? `the same bits: ${a}` : `other bits: ${a} and ${b}`);
process.exitCode = a === b ? 0 : 1;
const model = join(whole, 'model.safetensors');
const reading = await started(['evaluate', '--target', await makeTarget(), '--weights', model]);
console.log(`evaluated 1024 × 2048; highest memory ${(reading / 2 ** 20).toFixed(2)} GB`);

async function makeImages(): Promise<void> {
  for (const part of ['images', 'labels']) mkdirSync(join(folder!, 'gta5', part), { recursive: true });
  for (let n = 1; n <= images; n++) {
    const name = `${String(n).padStart(5, '0')}.png`;
    if (existsSync(join(folder!, 'gta5/labels', name))) continue;
    await writePair(n, join(folder!, 'gta5/images', name), join(folder!, 'gta5/labels', name), [1052, 1914]);
  }
}

async function makeTarget(): Promise<string> {
  const target = join(folder!, 'cityscapes');
  const file = (tree: string, ending: string) => {
    mkdirSync(join(target, tree, 'val/page'), { recursive: true });
    return join(target, tree, 'val/page', `page_000000_000000_${ending}.png`);
  };
  await writePair(0, file('leftImg8bit', 'leftImg8bit'), file('gtFine', 'gtFine_labelIds'), [1024, 2048]);
  return target;
}

/** An image of coloured blocks and its label image. */
async function writePair(
  seed: number,
  image: string,
  label: string,
  [height, width]: readonly [number, number],
): Promise<void> {
  const rng = createRng(seed);
  const blocks = Buffer.from(Uint8Array.from({ length: 33 * 60 * 3 }, () => rng.integer(256)));
  await sharp(blocks, { raw: { width: 60, height: 33, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .png()
    .toFile(image);
  const ids = Uint8Array.from({ length: 33 * 60 }, () => 7 + rng.integer(27));
  await sharp(ids, { raw: { width: 60, height: 33, channels: 1 } })
    .toColourspace('b-w')
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .png({ palette: false })
    .toFile(label);
}

async function makeWeights(): Promise<void> {
  const file = join(folder!, 'vgg16.safetensors');
  if (existsSync(file)) return;
  const backbone = createBackbone('vgg16');
  const { params } = backbone.init(createRng(2));
  const old = vggOldHead(backbone.channels.pool!, 1000).init(createRng(3));
  await writeSafetensors(file, await toStateDict([params, old]));
  for (const part of [params, old]) disposeParams(part);
}

/** Trains, killed once so many steps are logged; gives the highest memory in kilobytes. */
function run(dir: string, more: readonly string[], killAfter: number | undefined): Promise<number> {
  const options = {
    source: join(folder!, 'gta5'),
    weights: join(folder!, 'vgg16.safetensors'),
    epochs: '1',
    'batch-size': values.batch!,
    'checkpoint-every': '1',
    workers: '1',
    warmup: '2',
    out: dir,
  };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const kill = killAfter === undefined ? undefined : () => stepsIn(dir) >= killAfter;
  return started(['train', ...given, ...more], kill);
}

/** A command in a process of its own, killed once `kill` says so; gives its highest memory in kilobytes. */
async function started(args: readonly string[], kill?: () => boolean): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--conditions=@syn2real/source', '--import', 'tsx', program, ...args],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOf(child));
    if (kill?.()) child.kill('SIGKILL');
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  if (kill === undefined && code !== 0) throw new Error(`${args[0]} ended with ${code}.`);
  return peak;
}

function stepsIn(dir: string): number {
  const log = join(dir, 'log.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8').split('"kind":"step"').length - 1 : 0;
}

function memoryOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  await writeFile(`${file}.sha256`, `${sha256}\n`);
  return sha256;
}
