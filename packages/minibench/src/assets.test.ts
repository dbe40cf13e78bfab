import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkpointPath, type MinibenchNetwork, retentionLabelsPath, retentionPath } from './assets.js';
import { readRetention, retentionClasses } from './retention.js';

/** Printed by pretrain/pretrain.py when it wrote the files. */
const logOf = (network: MinibenchNetwork) =>
  readFile(
    new URL(`../pretrain/${network === 'resnet10-28' ? 'log' : 'log-ibn-a'}.txt`, import.meta.url),
    'utf8',
  );
const NETWORKS = ['resnet10-28', 'resnet10-28-ibn-a'] as const;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface TensorEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

async function readCheckpoint(network: MinibenchNetwork) {
  const bytes = await readFile(checkpointPath(network));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<string, unknown>;
  const { __metadata__: metadata, ...tensors } = header;
  return {
    bytes,
    data: bytes.subarray(8 + length),
    metadata: metadata as Record<string, string>,
    tensors: tensors as Record<string, TensorEntry>,
  };
}

function expectedShapes(network: MinibenchNetwork): Record<string, number[]> {
  const shapes: Record<string, number[]> = { 'conv1.weight': [32, 3, 3, 3] };
  const norm = (name: string, width: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) shapes[`${name}.${part}`] = [width];
    shapes[`${name}.num_batches_tracked`] = [];
  };
  const halfInstanceNorm = (name: string, width: number) => {
    norm(`${name}.BN`, width / 2);
    for (const part of ['weight', 'bias']) shapes[`${name}.IN.${part}`] = [width / 2];
  };
  norm('bn1', 32);
  let inputs = 32;
  for (const [index, width] of [32, 64, 128, 256].entries()) {
    const block = `layer${index + 1}.0`;
    shapes[`${block}.conv1.weight`] = [width, inputs, 3, 3];
    shapes[`${block}.conv2.weight`] = [width, width, 3, 3];
    shapes[`${block}.downsample.0.weight`] = [width, inputs, 1, 1];
    for (const name of ['bn2', 'downsample.1']) norm(`${block}.${name}`, width);
    const first = network === 'resnet10-28-ibn-a' && index < 3 ? halfInstanceNorm : norm;
    first(`${block}.bn1`, width);
    inputs = width;
  }
  shapes['fc.weight'] = [242, 256];
  shapes['fc.bias'] = [242];
  return shapes;
}

describe.each(NETWORKS)('the shipped checkpoint of %s', (network) => {
  it("holds exactly torchvision's tensor names, every value finite", async () => {
    const { tensors, data } = await readCheckpoint(network);
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual(expectedShapes(network));
    for (const [name, { dtype, shape, data_offsets }] of Object.entries(tensors)) {
      const [from, to] = data_offsets;
      expect(dtype).toBe(name.endsWith('num_batches_tracked') ? 'I64' : 'F32');
      expect(to - from).toBe(shape.reduce((a, b) => a * b, dtype === 'F32' ? 4 : 8));
      if (dtype !== 'F32') continue;
      const values = new Float32Array(data.buffer.slice(data.byteOffset + from, data.byteOffset + to));
      expect(values.every(Number.isFinite), name).toBe(true);
    }
    expect(Math.max(...Object.values(tensors).map(({ data_offsets }) => data_offsets[1]))).toBe(data.length);
  });

  it('says how it was made, and knew at least 90 % of the held-out drawings', async () => {
    const { metadata } = await readCheckpoint(network);
    expect(Number(metadata.heldOutAccuracy)).toBeGreaterThanOrEqual(0.9);
    expect(metadata).toMatchObject({
      architecture: network,
      classes: '242',
      heldOutImages: '968',
      seed: '0',
    });
    expect(metadata.command).toMatch(/^python3 pretrain\/pretrain\.py --omniglot DIR/);
    expect(await logOf(network)).toContain(metadata.command);
  });
});

describe('the shipped held-out drawings', () => {
  it('are the files that the training wrote', async () => {
    for (const network of NETWORKS) {
      for (const path of [checkpointPath(network), retentionPath()]) {
        expect(await logOf(network)).toContain(sha256(await readFile(path)));
      }
    }
  });

  it('are 242 characters by drawers 17 to 20, each with its own image', async () => {
    const images = await readRetention();
    const classes = await retentionClasses();
    expect(classes).toHaveLength(242);
    expect(new Set(classes).size).toBe(242);
    expect([...new Set(classes.map((name) => name.split('/')[0]))]).toEqual([
      'Balinese',
      'Early_Aramaic',
      'Greek',
      'Japanese_(katakana)',
      'Korean',
      'Latin',
      'Sanskrit',
      'Tagalog',
    ]);
    expect(images).toHaveLength(968);
    for (const [index, { path, label, pixels }] of images.entries()) {
      expect(label).toBe(Math.floor(index / 4));
      expect(path).toBe(`${classes[label]!.replace('/', '_')}/${17 + (index % 4)}.png`);
      expect(pixels()).toHaveLength(784);
      expect(Math.max(...pixels())).toBeGreaterThan(200);
    }
    expect(new Set(images.map(({ pixels }) => sha256(pixels()))).size).toBe(968);
    const folders = [...new Set(images.map(({ path }) => path.split('/')[0]!))];
    expect(folders.toSorted()).toEqual(folders);
  });

  it("carry Omniglot's licence", async () => {
    const licence = await readFile(new URL('../assets/LICENSE-omniglot', import.meta.url), 'utf8');
    expect(licence).toContain('Copyright (c) 2015 Brenden Lake');
    expect(licence).toContain('Permission is hereby granted');
    const labels = await readFile(retentionLabelsPath(), 'utf8');
    expect(labels).toContain('MIT, Copyright (c) 2015 Brenden Lake');
    expect(await readFile(new URL('../NOTICE', import.meta.url), 'utf8')).toContain('Omniglot');
  });
});
