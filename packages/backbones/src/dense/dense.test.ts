import { createRng, disposeParams, isUserError, tf } from '@syn2real/core';
import { fromFloat32, toParams } from '@syn2real/weights';
import { describe, expect, it } from 'vitest';
import { adaptiveAvgPool } from '../adaptive-avg-pool.js';
import { vggOldHead } from '../heads.js';
import { createBackbone } from '../registry.js';
import { floats } from '../testing/backend.js';
import { fcnFromVgg, vgg } from '../vgg.js';
import { bilinearKernel } from './bilinear-kernel.js';
import { createFcn } from './create-fcn.js';
import { fcn8sHead } from './fcn8s-head.js';

const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

describe('FCN-8s', () => {
  it('has the seven groups of the released code', () => {
    const { backbone, head } = createFcn('vgg16-fcn', { classes: 19 });
    const sizes: Record<string, number> = {};
    for (const [name, shape] of Object.entries({ ...backbone.paramShapes(), ...head.paramShapes() })) {
      const group = backbone.groupOf(name);
      sizes[group] = (sizes[group] ?? 0) + count(shape);
    }
    expect(Object.keys(sizes)).toEqual(backbone.groups);
    expect(sizes).toEqual({
      conv1: 38_720,
      conv2: 221_440,
      conv3: 1_475_328,
      conv4: 5_899_776,
      conv5: 7_079_424,
      fc: 119_545_856,
      classifier: 92_473 + 103_968,
    });
  });

  it('starts with bilinear enlargement and zero scores', async () => {
    const params = fcn8sHead({ classes: 19 }).init(createRng(0));
    const kernel = await floats(params['upscore8.weight']!);
    const mean = kernel.reduce((sum, v) => sum + v, 0) / kernel.length;
    const square = kernel.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    expect(mean).toBeCloseTo(0.0131579, 6);
    expect(Math.sqrt(square / (kernel.length - 1))).toBeCloseTo(0.0750286, 6);
    for (const name of ['score_fr.weight', 'score_pool4.bias']) {
      expect((await floats(params[name]!)).every((v) => v === 0)).toBe(true);
    }
    disposeParams(params);
    const small = bilinearKernel(4, 1);
    expect((await floats(small)).slice(4, 8)).toEqual(new Float32Array([0.1875, 0.5625, 0.5625, 0.1875]));
    small.dispose();
  });

  it('takes its tensors from the classifier, which it equals on a 7 × 7 map', async () => {
    const input = createBackbone('vgg16').input;
    const widths = [1, 1, 1, 1, 2] as const;
    const fcn = vgg({
      name: 'f',
      spec: { widths, naming: 'fcn', padding: 1, ceil: true, fc: 3 },
      input,
      oldClasses: 2,
    });
    const plain = vgg({
      name: 'p',
      spec: { widths, naming: 'torchvision', padding: 1, ceil: false },
      input,
      oldClasses: 2,
    });
    const old = vggOldHead(98, 2, { hidden: 3 });
    const torch = (shape: number[], seed: number) =>
      fromFloat32(
        Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(seed + i)),
        shape,
      );
    const heads = toParams(
      {
        'classifier.0.weight': torch([3, 98], 1),
        'classifier.0.bias': torch([3], 2),
        'classifier.3.weight': torch([3, 3], 3),
        'classifier.3.bias': torch([3], 4),
        'classifier.6.weight': torch([2, 3], 5),
        'classifier.6.bias': torch([2], 6),
      },
      { layouts: { 'classifier.0.weight': { map: [2, 7, 7] } } },
    ).params;
    const { params } = plain.init(createRng(3));
    const own = fcnFromVgg(fcn, { ...params, ...heads });
    expect(Object.fromEntries(Object.entries(own).map(([k, v]) => [k, v.shape]))).toEqual(fcn.paramShapes());
    const images = tf.randomUniform<tf.Rank.R4>([2, 224, 224, 3], -1, 1, 'float32', 5);
    const [byConv, byLinear] = tf.tidy(() => {
      const { fc7 } = fcn.apply(own, {}, images, ['fc7']);
      const { pool } = plain.apply(params, {}, images, ['pool']);
      const w = heads['classifier.6.weight'] as tf.Tensor2D;
      const scores = tf.matMul(fc7!.reshape<tf.Tensor2D>([2, 3]), w).add(heads['classifier.6.bias']!);
      return [scores, old.apply(heads, pool!)] as const;
    });
    const [a, b] = [await floats(byConv), await floats(byLinear)];
    a.forEach((value, at) => {
      expect(value).toBeCloseTo(b[at]!, 4);
    });
    for (const record of [params, own, heads]) disposeParams(record);
    tf.dispose([images, byConv, byLinear]);
  });

  it("a classifier's own tensors: 138,357,544 parameters under torchvision's names", () => {
    const backbone = createBackbone('vgg16');
    const shapes = { ...backbone.paramShapes(), ...vggOldHead(backbone.channels.pool!, 1000).paramShapes() };
    expect(Object.values(shapes).reduce((sum, shape) => sum + count(shape), 0)).toBe(138_357_544);
    expect(Object.keys(backbone.paramShapes()).slice(0, 6)).toEqual([
      'features.0.weight',
      'features.0.bias',
      'features.2.weight',
      'features.2.bias',
      'features.5.weight',
      'features.5.bias',
    ]);
    expect(backbone.paramShapes()['features.28.weight']).toEqual([3, 3, 512, 512]);
  });
});

describe('adaptiveAvgPool', () => {
  it('averages the windows of 23 → 7, and repeats cells of a smaller map', async () => {
    const y = adaptiveAvgPool(tf.range(0, 23).reshape([1, 23, 1, 1]), [7, 1]);
    const windows = [
      [0, 4],
      [3, 7],
      [6, 10],
      [9, 14],
      [13, 17],
      [16, 20],
      [19, 23],
    ];
    (await floats(y)).forEach((value, i) => {
      expect(value).toBeCloseTo((windows[i]![0]! + windows[i]![1]! - 1) / 2, 5);
    });
    const small = adaptiveAvgPool(tf.tensor4d([1, 2, 3], [1, 3, 1, 1]), [7, 1]);
    expect([...(await floats(small))].map((v) => Math.round(v * 10) / 10)).toEqual([1, 1, 1.5, 2, 2.5, 3, 3]);
  });
});

describe('createFcn', () => {
  it.each([
    ['vgg16-fcn', { classes: 3, outputStride: 8 }],
    ['vgg16', { classes: 3 }],
    ['nothing', { classes: 3 }],
    ['resnet50', { classes: 0 }],
  ] as const)('%s with %j is a user error', (name, options) => {
    try {
      createFcn(name, options);
      expect.unreachable();
    } catch (error) {
      expect(isUserError(error)).toBe(true);
    }
  });
});
