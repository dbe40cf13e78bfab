import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../convert.js';
import { type LoadedStateDict, loadStateDict } from '../load-state-dict.js';
import type { StateDict } from '../tensor-record.js';
import { parsePytorch, readPytorch } from './read.js';

interface Expected {
  readonly dtype: string;
  readonly shape: number[];
  readonly base64: string;
  readonly floats: string[];
}

const folder = new URL('../goldens/', import.meta.url);
const golden = (name: string) => new URL(name, folder).pathname;
const { files } = JSON.parse(await readFile(golden('expected.json'), 'utf8')) as {
  files: Record<string, Record<string, Expected>>;
};

function plain(tensors: StateDict) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape: [...shape], base64: Buffer.from(data).toString('base64') },
    ]),
  );
}

const REFUSED = ['whole-module.pt'];
const readable = Object.entries(files).filter(([name]) => !REFUSED.includes(name));

describe('files saved by torch and safetensors', () => {
  it.each(readable)('%s: every tensor, byte by byte', async (name, expected) => {
    const { tensors, format } = await loadStateDict(golden(name));
    expect(plain(tensors)).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([key, { dtype, shape, base64 }]) => [key, { dtype, shape, base64 }]),
      ),
    );
    expect(format).toBe(
      /safetensors/.test(name)
        ? 'safetensors'
        : /legacy/.test(name)
          ? 'legacy'
          : /\.tar\.pt/.test(name)
            ? 'tar'
            : 'zip',
    );
  });

  it.each(readable)('%s: as floats', async (name, expected) => {
    const { tensors } = await loadStateDict(golden(name));
    for (const [key, { floats }] of Object.entries(expected)) {
      const record = tensors[key];
      const wanted = floats.map((text) => (text === 'inf' ? Number.POSITIVE_INFINITY : Number(text)));
      expect(record && [...toFloat32(record)]).toEqual([...new Float32Array(wanted)]);
    }
  });

  it('keeps the order of the names and what stands beside the weights', async () => {
    const { tensors, metadata }: LoadedStateDict = await loadStateDict(golden('nested.zip.pth.tar'));
    expect(Object.keys(tensors)).toEqual(Object.keys(files['nested.zip.pth.tar'] ?? {}));
    expect({ ...metadata }).toEqual({ epoch: '3', arch: 'tiny', best_prec1: '61.25' });
    const { metadata: numpy } = await loadStateDict(golden('numpy-scalar.pth.tar'));
    expect({ ...numpy }).toEqual({ epoch: '1', best_prec1: '0.5' });
    const { metadata: tensor } = await loadStateDict(golden('tensor-scalar.pth.tar'));
    expect({ ...tensor }).toEqual({ epoch: '1', best_prec1: '61.25' });
  });

  it('keeps "module." on demand', async () => {
    const { tensors } = await loadStateDict(golden('nested.legacy.pth.tar'), { stripModule: false });
    expect(Object.keys(tensors)[0]).toBe('module.conv1.weight');
  });

  it.each([
    'nested.zip.pth.tar',
    'nested.legacy.pth.tar',
    'nested.protocol4.pth.tar',
    'nested.protocol5.pth.tar',
    'nested.protocol3.legacy.pth.tar',
  ])('%s: everything else in it', async (name) => {
    const { value } = await readPytorch(golden(name));
    if (!(value instanceof Map)) throw new Error('not a dict');
    expect(value.get('extra')).toEqual(
      new Map<unknown, unknown>([
        ['tuple', [1, 'two', null]],
        ['set', new Set([1, 2])],
        ['big', 2n ** 80n],
        ['negative', -7],
        ['flag', true],
        ['size', [2, 3]],
        ['dtype', 'torch.float16'],
        ['long text', 'ü'.repeat(300)],
        [5, -0.5],
      ]),
    );
    expect(value.get('optimizer').get('state').get(0).get('momentum_buffer')).toMatchObject({
      dtype: 'F32',
      shape: [4, 3, 3, 3],
    });
  });

  it('reads the same from memory', async () => {
    const bytes = new Uint8Array(await readFile(golden('shared.zip.pt')));
    const { value, format } = await parsePytorch(bytes);
    expect(format).toBe('zip');
    expect(value instanceof Map && value.get('tail')).toMatchObject({ shape: [3] });
  });

  it('refuses a whole module, by the name of its class', async () => {
    await expect(loadStateDict(golden('whole-module.pt'))).rejects.toThrow(
      /"__main__\.Tiny", which is not loaded/,
    );
  });

  it('refuses a compressed archive', async () => {
    await expect(loadStateDict(golden('deflated.pt'))).rejects.toThrow(/is compressed/);
  });
});
