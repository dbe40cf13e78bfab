/**
 * Compares decoder and transform with PIL's and torchvision's on random files, byte by byte.
 *
 *     node --conditions=@syn2real/source --import tsx packages/datasets/bench/pil-sweep.ts --python python3
 *
 * Prints one JSON object; fails where a byte is more than 1 off or more than 0.1 % of the bytes differ.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { decodeImage, type ImageTransform, transformPixels } from '../src/index.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    images: { type: 'string', default: '400' },
    seed: { type: 'string', default: '5' },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'pil-sweep-'));
try {
  const script = fileURLToPath(new URL('./pil_sweep.py', import.meta.url));
  await promisify(execFile)(values.python, [script, folder, values.images, values.seed]);
  const expected = await readFile(join(folder, 'expected.bin'));
  const cases = JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')) as (ImageTransform & {
    file: string;
    offset: number;
  })[];
  let differing = 0;
  let most = 0;
  for (const { file, resize, crop, offset } of cases) {
    const ours = transformPixels(await decodeImage(await readFile(file)), { resize, crop });
    ours.forEach((byte, i) => {
      const off = Math.abs(byte - expected[offset + i]!);
      if (off > 0) differing += 1;
      most = Math.max(most, off);
    });
  }
  console.log(JSON.stringify({ images: cases.length, bytes: expected.length, differing, most }));
  process.exitCode = most > 1 || differing > expected.length / 1000 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true });
}
