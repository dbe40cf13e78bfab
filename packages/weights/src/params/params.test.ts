import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { disposeParams, tf } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat32, fromInt64, toFloat32 } from '../convert.js';
import { loadStateDict } from '../load-state-dict.js';
import { writeSafetensors } from '../safetensors/write.js';
import { emptyStateDict, type StateDict } from '../tensor-record.js';
import { checkStateDict } from './check-state-dict.js';
import { defaultLayout, torchPieces, toTfjs, toTorch, type Values } from './layout.js';
import { toTorchvisionNames } from './timm-names.js';
import { toParams, toStateDict } from './to-params.js';

const golden = (name: string) => new URL(`../goldens/${name}`, import.meta.url).pathname;
const { operators } = JSON.parse(await readFile(golden('expected.json'), 'utf8')) as {
  operators: Record<string, { shape: number[]; values: number[] }>;
};

/** A golden in PyTorch's NCHW as an NHWC tensor. */
function nhwc(name: string): tf.Tensor4D {
  const { shape, values } = operators[name] ?? { shape: [], values: [] };
  return tf.tensor(values, shape).transpose<tf.Tensor4D>([0, 2, 3, 1]);
}

function record(shape: number[], from = 0) {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromFloat32(
    Float32Array.from({ length: size }, (_, i) => i + from),
    shape,
  );
}

async function close(actual: tf.Tensor, expected: readonly number[]) {
  const values = await actual.data();
  expect(values.length).toBe(expected.length);
  const largest = Math.max(...expected.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))));
  expect(largest).toBeLessThan(2e-5);
}

describe('toParams', () => {
  it('lays kernels out so that TensorFlow.js computes what PyTorch computed', async () => {
    const { tensors } = await loadStateDict(golden('tiny.zip.pth'));
    const { params: p, buffers: b } = toParams(tensors);
    const features = tf.relu(
      tf.batchNorm(
        tf.conv2d(nhwc('images'), p['conv1.weight'] as tf.Tensor4D, 1, 'valid'),
        b['bn1.running_mean'] as tf.Tensor1D,
        b['bn1.running_var'] as tf.Tensor1D,
        p['bn1.bias'] as tf.Tensor1D,
        p['bn1.weight'] as tf.Tensor1D,
        1e-5,
      ),
    ) as tf.Tensor4D;
    await close(features, [...(await nhwc('features').data())]);
    const up = tf.conv2dTranspose(features, p['up.weight'] as tf.Tensor4D, [2, 12, 10, 2], 2, 'valid');
    await close(up, [...(await nhwc('up').data())]);
    const logits = features.mean([1, 2]).matMul(p['fc.weight']!).add(p['fc.bias']!);
    await close(logits, operators.logits?.values ?? []);
    const fc6 = {
      'fc6.weight': fromFloat32(new Float32Array(operators.fc6_weight?.values ?? []), [3, 80]),
      'fc6.bias': fromFloat32(new Float32Array(operators.fc6_bias?.values ?? []), [3]),
    };
    const head = toParams(fc6, { layouts: { 'fc6.weight': { map: [4, 5, 4] } } }).params;
    await close(
      features.reshape([2, 80]).matMul(head['fc6.weight']!).add(head['fc6.bias']!),
      operators.fc6?.values ?? [],
    );
  });

  it('tells parameters from buffers and drops counters', async () => {
    const { tensors } = await loadStateDict(golden('tiny.legacy.pth'));
    const { params, buffers } = toParams(tensors);
    expect(Object.keys(buffers)).toEqual([
      'bn1.running_mean',
      'bn1.running_var',
      'layer1.0.1.running_mean',
      'layer1.0.1.running_var',
    ]);
    expect(Object.keys(params)).toContain('conv1.weight');
    expect(Object.keys({ ...params, ...buffers }).some((name) => name.includes('num_batches'))).toBe(false);
    expect(Object.keys({ ...params, ...buffers })).toHaveLength(Object.keys(tensors).length - 2);
    disposeParams(params);
    disposeParams(buffers);
  });

  it('comes back as the same state dict, with fresh counters, and leaks nothing', async () => {
    const { tensors } = await loadStateDict(golden('tiny.safetensors'));
    const before = tf.memory().numTensors;
    const { params, buffers } = toParams(tensors);
    const back = await toStateDict([params, buffers]);
    disposeParams(params);
    disposeParams(buffers);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(back).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
      expect(back[name]?.shape).toEqual(shape);
      expect(back[name]?.dtype).toBe(dtype);
      if (dtype === 'F32') expect(Buffer.from(back[name]?.data ?? []).equals(data)).toBe(true);
    }
  });

  it('disposes what it made when a later tensor is wrong', () => {
    const before = tf.memory().numTensors;
    const bad: StateDict = { a: record([2]), b: { dtype: 'F32', shape: [3], data: new Uint8Array(4) } };
    expect(() => toParams(bad)).toThrow(/"b" does not fit its shape/);
    expect(() => toParams({ a: record([2]) }, { layouts: { a: 'kernel' } })).toThrow(/cannot be laid out/);
    expect(() => toParams({ a: record([2, 5]) }, { layouts: { a: { map: [2, 1, 1] } } })).toThrow(
      /does not act on a map/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('layouts', () => {
  it('undo each other', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(shape, ([a = 1, c = 1, h = 1, w = 1]) => {
        const values = (sizes: number[]): Values => ({ shape: sizes, data: toFloat32(record(sizes)) });
        for (const [given, layout] of [
          [values([a, c, h, w]), 'kernel'],
          [values([a, c]), 'linear'],
          [values([a]), 'as-is'],
          [values([a, c * h * w]), { map: [c, h, w] as const }],
        ] as const) {
          const there = toTfjs('x', given, layout);
          expect(toTorch('x', there, layout)).toEqual(given);
          for (const numbers of [1, 7, 1 << 20]) {
            const pieces = [...torchPieces('x', there, layout, numbers)].flatMap((piece) => [...piece]);
            expect(pieces).toEqual([...given.data]);
          }
        }
      }),
    );
  });

  it('puts element [o, i, y, x] at [y, x, i, o]', () => {
    const { shape, data } = toTfjs(
      'x',
      { shape: [2, 3, 4, 5], data: toFloat32(record([2, 3, 4, 5])) },
      'kernel',
    );
    expect(shape).toEqual([4, 5, 3, 2]);
    expect(data[((3 * 5 + 2) * 3 + 1) * 2 + 1]).toBe(((1 * 3 + 1) * 4 + 3) * 5 + 2);
  });

  it('knows the first layer of VGG’s classifier', () => {
    expect(defaultLayout('classifier.0.weight', [4096, 25088])).toEqual({ map: [512, 7, 7] });
    expect(defaultLayout('classifier.3.weight', [4096, 4096])).toBe('linear');
    expect(defaultLayout('features.0.weight', [64, 3, 3, 3])).toBe('kernel');
    expect(defaultLayout('bn1.weight', [64])).toBe('as-is');
  });
});

describe('toTorchvisionNames', () => {
  it('renames and flattens timm’s VGG classifier', () => {
    const renamed = toTorchvisionNames({
      'features.0.weight': record([2, 3, 3, 3]),
      'pre_logits.fc1.weight': record([4, 2, 7, 7]),
      'pre_logits.fc1.bias': record([4]),
      'pre_logits.fc2.weight': record([4, 4, 1, 1]),
      'pre_logits.fc2.bias': record([4]),
      'head.fc.weight': record([5, 4]),
      'head.fc.bias': record([5]),
    });
    expect(Object.entries(renamed).map(([name, { shape }]) => [name, shape.join('×')])).toEqual([
      ['features.0.weight', '2×3×3×3'],
      ['classifier.0.weight', '4×98'],
      ['classifier.0.bias', '4'],
      ['classifier.3.weight', '4×4'],
      ['classifier.3.bias', '4'],
      ['classifier.6.weight', '5×4'],
      ['classifier.6.bias', '5'],
    ]);
  });

  it('is applied when a file is loaded, unless refused', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'weights-')), 'vgg.safetensors');
    await writeSafetensors(path, {
      'pre_logits.fc1.weight': record([4, 2, 7, 7]),
      'head.fc.bias': record([5]),
    });
    expect(Object.keys((await loadStateDict(path)).tensors).sort()).toEqual([
      'classifier.0.weight',
      'classifier.6.bias',
    ]);
    const { tensors } = await loadStateDict(path, { torchvisionNames: false });
    expect(Object.keys(tensors).sort()).toEqual(['head.fc.bias', 'pre_logits.fc1.weight']);
    await rm(dirname(path), { recursive: true });
  });

  it('leaves other networks alone', () => {
    const resnet = { 'conv1.weight': record([2, 3, 1, 1]), 'head.fc.weight': record([2, 2]) };
    expect(toTorchvisionNames(resnet)).toBe(resnet);
  });
});

describe('checkStateDict', () => {
  const expected = { 'conv1.weight': [2, 3, 1, 1], 'bn1.running_mean': [2], 'fc.weight': [5, 2] };
  const good = Object.assign(emptyStateDict(), {
    'conv1.weight': record([2, 3, 1, 1]),
    'bn1.running_mean': record([2]),
    'bn1.num_batches_tracked': fromInt64([0n], []),
    'fc.weight': record([5, 2]),
  });

  it('accepts the right tensors, with or without counters', () => {
    expect(() => checkStateDict(expected, good)).not.toThrow();
    expect(() => checkStateDict({ ...expected, 'bn1.num_batches_tracked': [] }, { ...good })).not.toThrow();
  });

  it('names the first missing, unexpected and misshapen tensors', () => {
    const { 'conv1.weight': _, ...rest } = good;
    const wrong = { ...rest, 'features.0.weight': record([1]), 'fc.weight': record([7, 2]) };
    expect(() => checkStateDict(expected, wrong, { network: 'resnet101' })).toThrow(
      /another architecture than resnet101[\s\S]*1 missing \("conv1.weight"\); 1 unexpected \("features.0.weight"\); 1 of another shape \("fc.weight" is \[7, 2\], not \[5, 2\]\)/,
    );
    expect(() =>
      checkStateDict(expected, { ...good, 'extra.bias': record([1]) }, { ignore: ['extra.'] }),
    ).not.toThrow();
  });

  it('is not fooled by names that every object has', () => {
    expect(() => checkStateDict({ constructor: [1] }, {})).toThrow(/1 missing \("constructor"\)/);
  });
});
