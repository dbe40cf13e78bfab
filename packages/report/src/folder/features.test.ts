import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serializeSafetensors, type TensorRecord } from '@syn2real/weights';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/write-runs.js';
import { type RunFeatures, readFeatures, writeFeatures } from './features.js';

const features: RunFeatures = {
  values: Float32Array.from([1, 2, 3, 4.5, -5, 0]),
  count: 2,
  dimensions: 3,
  labels: Int32Array.from([1, -1]),
};
const f32 = (shape: number[], values: number[]): TensorRecord => ({
  dtype: 'F32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});

describe('features of a run', () => {
  it('are read as written, and from JSON', async () => {
    const dir = temporaryFolder();
    expect(await readFeatures(dir)).toBeUndefined();
    await writeFeatures(dir, features);
    expect(await readFeatures(dir)).toEqual(features);
    const other = temporaryFolder();
    const rows = {
      features: [
        [1, 2, 3],
        [4.5, -5, 0],
      ],
      labels: [1, -1],
    };
    writeFileSync(join(other, 'features.json'), JSON.stringify(rows));
    expect(await readFeatures(other)).toEqual(features);
  });

  it('have labels of any whole type', async () => {
    const dir = temporaryFolder();
    const labels: [TensorRecord['dtype'], ArrayBufferView][] = [
      ['I64', BigInt64Array.from([3n, -1n])],
      ['I16', Int16Array.from([3, -1])],
      ['U8', Uint8Array.from([3, 255])],
    ];
    for (const [dtype, { buffer }] of labels) {
      const record: TensorRecord = { dtype, shape: [2], data: new Uint8Array(buffer) };
      const bytes = serializeSafetensors({ features: f32([2, 1], [1, 2]), labels: record });
      writeFileSync(join(dir, 'features.safetensors'), bytes);
      expect([...((await readFeatures(dir))?.labels ?? [])]).toEqual([3, dtype === 'U8' ? 255 : -1]);
    }
  });

  it('that are damaged are refused with the file’s name', async () => {
    const dir = temporaryFolder();
    const file = join(dir, 'features.safetensors');
    await writeFeatures(dir, features);
    writeFileSync(file, readFileSync(file).subarray(0, -3));
    await expect(readFeatures(dir)).rejects.toThrow(/features\.safetensors/);
    const labels: TensorRecord = { dtype: 'U8', shape: [2], data: new Uint8Array(2) };
    const cases: [Record<string, TensorRecord>, RegExp][] = [
      [{ features: f32([2, 1], [1, 2]) }, /labels/],
      [{ features: f32([2], [1, 2]), labels }, /features of shape \[2\]/],
      [{ features: f32([1, 2], [1, 2]), labels }, /2 labels/],
      [{ features: f32([2, 1], [1, Number.NaN]), labels }, /NaN in row 1/],
      [{ features: f32([2, 1], [1, 2]), labels: f32([2], [0, 1]) }, /not whole numbers/],
    ];
    for (const [tensors, message] of cases) {
      writeFileSync(file, serializeSafetensors(tensors));
      await expect(readFeatures(dir)).rejects.toThrow(message);
    }
    const json = temporaryFolder();
    for (const [text, message] of [
      ['{', /cannot read .*features\.json/],
      ['{"features":[[1]],"labels":[0.5]}', /features\.json has wrong values/],
      ['{"features":[[1],[1,2]],"labels":[0,1]}', /row 1 of 2 values/],
      ['{"features":[],"labels":[]}', /holds no features/],
    ] as const) {
      writeFileSync(join(json, 'features.json'), text);
      await expect(readFeatures(json)).rejects.toThrow(message);
    }
  });
});
