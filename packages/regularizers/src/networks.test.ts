import { bindHead, createBackbone, createFcn, oldHead, vgg, vggOldHead } from '@syn2real/backbones';
import {
  createRng,
  disposeParams,
  type FunctionRegularizer,
  type OldHead,
  type ParameterRegularizer,
  type Params,
  type RegularizerBatch,
  tf,
} from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denseProxyGuidance } from './dense-proxy-guidance.js';
import { ewc } from './ewc.js';
import { featureDistillation } from './feature-distillation.js';
import { l2Distance } from './l2.js';
import { mas } from './mas.js';
import { proxyGuidance } from './proxy-guidance.js';
import { road } from './road.js';
import { si } from './si.js';
import { floats, scalarValue } from './testing/tensors.js';

const narrowVgg = vgg({
  name: 'narrow',
  spec: { widths: [2, 3, 3, 4, 4], naming: 'fcn', padding: 40, ceil: true, fc: 5 },
  input: createBackbone('vgg16').input,
  oldClasses: 3,
});
const mini = createFcn('resnet10-28', { classes: 3 }).backbone;

/** Segmentation networks; a new one is a new row. */
const networks = [
  { name: 'FCN-ResNet', backbone: mini, old: oldHead(mini.channels.pool!, 5), size: [24, 40] as const },
  {
    name: 'FCN-VGG',
    backbone: narrowVgg,
    old: vggOldHead(narrowVgg.channels.pool!, 5, { hidden: 6 }),
    size: [40, 33] as const,
  },
];

describe.each(networks)('$name', ({ backbone, old, size }) => {
  const { feature, pool } = backbone.map;
  const functions: FunctionRegularizer[] = [
    proxyGuidance(),
    denseProxyGuidance({ feature, pool, grid: [2, 3] }),
    denseProxyGuidance({ feature, pool, grid: [2, 2], overlap: 1 }),
    denseProxyGuidance({ feature, pool, grid: [1, 1] }),
    road({ feature, regions: [3, 3] }),
    road({ feature }),
    featureDistillation({ feature, distance: 'cosine' }),
  ];
  let params: Params;
  let moved: Params;
  let buffers: Params;
  let headParams: Params;
  let head: OldHead;
  let images: tf.Tensor4D;

  beforeAll(() => {
    const rng = createRng(1);
    ({ params, buffers } = backbone.init(rng.split('network')));
    headParams = old.init(rng.split('head'));
    head = bindHead(old, headParams);
    images = tf.randomNormal<tf.Rank.R4>([2, ...size, 3], 0, 1, 'float32', 3);
    moved = Object.fromEntries(
      Object.entries(params).map(([name, p], at) => [
        name,
        // TensorFlow.js takes seed 0 for none
        tf.tidy(() => p.add(tf.randomNormal(p.shape, 0, 0.1, 'float32', at + 1))),
      ]),
    );
  });
  afterAll(() => {
    for (const record of [params, moved, buffers, headParams]) disposeParams(record);
    images.dispose();
  });

  const featuresOf = (at: Params, want: readonly string[]) => backbone.apply(at, buffers, images, want);

  it.each(functions)('under $name: no loss or slope at the start, both elsewhere', async (regularizer) => {
    const teacher = tf.tidy(() => regularizer.record(featuresOf(params, regularizer.needs), head));
    for (const kept of Object.values(teacher)) expect(kept.shape[0]).toBe(2);
    const at = (current: Params) => {
      const names = Object.keys(current);
      const slopes = tf.tidy(() => {
        const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
          const given = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
          // all parameters take part, whatever the feature
          const nothing = tf.addN(values.map((v) => v.sum())).mul(0);
          return regularizer.loss(featuresOf(given, regularizer.needs), teacher, head).add(nothing);
        })(names.map((name) => current[name]!));
        return { value, steepest: tf.stack(grads.map((grad) => grad.abs().max())).max() };
      });
      return slopes;
    };
    const [start, elsewhere] = [at(params), at(moved)];
    expect(await scalarValue(start.value)).toBe(0);
    expect(await scalarValue(start.steepest)).toBeLessThan(1e-6);
    expect(await scalarValue(elsewhere.value)).toBeGreaterThan(0);
    expect(await scalarValue(elsewhere.steepest)).toBeGreaterThan(0);
    tf.dispose([{ ...teacher }, start, elsewhere]);
  });

  async function* samples(): AsyncGenerator<RegularizerBatch> {
    yield { images };
  }
  const output = (at: Params, batch: tf.Tensor4D): tf.Tensor =>
    backbone.apply(at, buffers, batch, [feature])[feature]!;
  const parameters: ParameterRegularizer[] = [
    l2Distance(),
    ewc({ logits: output }),
    mas({ output }),
    si({
      trajectory: {
        from: 'old-task',
        rate: 1e-3,
        loss: (at, batch) => output(at, batch.images).square().mean(),
      },
    }),
  ];

  it.each(parameters)(
    'under $name: no penalty or slope at the start, both elsewhere',
    async (regularizer) => {
      const state = await regularizer.prepare(params, samples());
      const [start, elsewhere] = [params, moved].map((at) =>
        tf.tidy(() => {
          const steepest = Object.values(regularizer.gradient(at, state)).map((slope) => slope.abs().max());
          return tf.stack([regularizer.penalty(at, state), tf.stack(steepest).max()]);
        }),
      );
      expect([...(await floats(start!))]).toEqual([0, 0]);
      for (const value of await floats(elsewhere!)) expect(value).toBeGreaterThan(0);
      tf.dispose([start!, elsewhere!]);
      disposeParams(state);
    },
  );
});
