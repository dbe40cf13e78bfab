import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors } from './safetensors/read.js';

const MIB = 1024 * 1024;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file of which only the header takes room on the disk. */
async function sparse(name: string, bytes: number): Promise<string> {
  const path = join(folder, name);
  const header = Buffer.from(
    `{"big":{"dtype":"U8","shape":[${bytes}],"data_offsets":[0,${bytes}]},"small":{"dtype":"U8","shape":[8],"data_offsets":[${bytes},${bytes + 8}]}}`,
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(path, Buffer.concat([length, header]));
  await truncate(path, 8 + header.length + bytes + 8);
  return path;
}

describe('memory', () => {
  it('of a file larger than any array, takes only what is asked for', async () => {
    const path = await sparse('huge.safetensors', 8192 * MIB);
    const before = process.memoryUsage().arrayBuffers;
    const { tensors } = await readSafetensors(path, { names: ['small'] });
    expect(tensors.small?.data).toEqual(new Uint8Array(8));
    const file = await openSafetensors(path);
    expect(file.entries.big?.byteLength).toBe(8192 * MIB);
    await file.close();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
  });

  it('reads a file whole into little more than its size', async () => {
    const path = await sparse('large.safetensors', 128 * MIB);
    const before = process.memoryUsage().arrayBuffers;
    const { tensors } = await readSafetensors(path);
    expect(tensors.big?.data.byteLength).toBe(128 * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(136 * MIB);
  });

  it('refuses millions of instructions of any kind within 512 MiB', () => {
    const bombs = ['}', '\x8f', ']\x94', '(', 'N\x85\x94', 'ctorch\nFloatTensor\n)R', ')'];
    const script = `
      import { parsePytorch } from ${JSON.stringify(new URL('./pytorch/read.ts', import.meta.url).href)};
      const head = '\\x80\\x02\\x8a\\nl\\xfc\\x9cF\\xf9 j\\xa8P\\x19.\\x80\\x02M\\xe9\\x03.\\x80\\x02}.\\x80\\x04';
      const before = process.resourceUsage().maxRSS;
      for (const bomb of ${JSON.stringify(bombs)}) {
        const bytes = new Uint8Array(Buffer.from(head + bomb.repeat(1.1e6) + '.', 'latin1'));
        await parsePytorch(bytes).catch((error) => console.log(error.name));
      }
      console.log(process.resourceUsage().maxRSS - before < 512 * 1024);`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@syn2real/source', '--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8', timeout: 150_000 },
    );
    expect(stdout, stderr).toBe(`${'UserError\n'.repeat(bombs.length)}true\n`);
  });
});
