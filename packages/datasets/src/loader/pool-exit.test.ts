import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('threads that nobody closed do not hold up the end of a program', async () => {
  const image = fileURLToPath(new URL('../goldens/images/rgb.png', import.meta.url));
  const loader = new URL('./loader.ts', import.meta.url).href;
  const program = `
    import { createLoader } from ${JSON.stringify(loader)};
    const images = [{ path: 'rgb.png', file: ${JSON.stringify(image)} }];
    const loader = createLoader({ images, workers: 2, transform: { resize: 4, crop: 4 } });
    for await (const batch of loader.batches(Int32Array.of(0, 0, 0), { batchSize: 1 })) console.log(batch.images.length);
  `;
  const options = [
    '--conditions=@syn2real/source',
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    program,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 150_000 });
  expect(stdout).toBe('48\n48\n48\n');
});
