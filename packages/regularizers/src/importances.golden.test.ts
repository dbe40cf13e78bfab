import { disposeParams, mapParams, type Params, type RegularizerBatch, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { ewc } from './ewc.js';
import golden from './goldens/importances.json' with { type: 'json' };
import { mas } from './mas.js';
import { si } from './si.js';
import { expectValues, floats } from './testing/tensors.js';

type Packed = Record<string, { shape: number[]; values: number[] }>;

const unpack = (packed: Packed): Params =>
  Object.fromEntries(
    Object.entries(packed).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );

function logits(params: Params, images: tf.Tensor4D): tf.Tensor2D {
  const map = tf.conv2d(images, params['conv.weight'] as tf.Tensor4D, 1, 'valid').add(params['conv.bias']!);
  return tf
    .matMul(tf.relu(map).mean<tf.Tensor2D>([1, 2]), params['fc.weight'] as tf.Tensor2D)
    .add(params['fc.bias']!);
}

async function* samples(size: number, times = 1): AsyncGenerator<RegularizerBatch> {
  const images = tf.tensor4d(golden.images.values, golden.images.shape as [number, number, number, number]);
  for (let time = 0; time < times; time++) {
    for (let at = 0; at < golden.labels.length; at += size) {
      const batch = {
        images: images.slice([at, 0, 0, 0], [size, -1, -1, -1]),
        labels: tf.tensor1d(golden.labels.slice(at, at + size), 'int32'),
      };
      yield batch;
      tf.dispose([batch.images, batch.labels]);
    }
  }
  images.dispose();
}

async function expectImportances(state: Params, wanted: Packed, scale: number, kind = 'importance') {
  for (const [name, { values }] of Object.entries(wanted)) {
    const largest = Math.max(...values.map(Math.abs)) * scale;
    const got = state[`${kind}/${name}`]!;
    await expectValues(
      got,
      values.map((value) => value * scale),
      1e-5 * Math.max(largest, 0.1),
    );
  }
}

describe("importances against Avalanche's", () => {
  it.each([
    {
      name: 'EWC, image by image',
      // Avalanche has λ where the paper has λ/2
      regularizer: ewc({ weight: 2, fisher: 'empirical', logits }),
      wanted: golden['ewc per image'],
      scale: 1,
    },
    {
      name: 'EWC, batch by batch',
      regularizer: ewc({ weight: 2, fisher: 'empirical', per: 'batch', logits }),
      wanted: golden['ewc per batch of 2'],
      scale: 2, // Avalanche squares the mean over the batch of 2: half of (Σ g)²/2
    },
    {
      name: 'MAS, image by image',
      regularizer: mas({ output: logits }),
      wanted: golden['mas per image'],
      scale: 1,
    },
    {
      name: 'MAS, batch by batch',
      regularizer: mas({ output: logits, per: 'batch' }),
      wanted: golden['mas per batch of 2'],
      scale: 1,
    },
  ])('$name', async ({ regularizer, wanted, scale }) => {
    const [params, moved] = [unpack(golden.params), unpack(golden.moved)];
    const state = await regularizer.prepare(params, samples(2));
    await expectImportances(state, wanted.importances, scale);
    const penalty = regularizer.penalty(moved, state);
    const value = wanted.penalty * scale;
    await expectValues(penalty, [value], 1e-5 * Math.max(1, value));
    for (const record of [params, moved, state]) disposeParams(record);
    penalty.dispose();
  });

  it('SI, over three steps with momentum', async () => {
    const synapses = si({ weight: 1, xi: golden.xi });
    let params = unpack(golden.params);
    let velocity = mapParams(params, (p) => tf.zerosLike(p));
    let state = await synapses.prepare(params);
    const images = tf.tensor4d(golden.images.values, golden.images.shape as [number, number, number, number]);
    const wanted = tf.oneHot(golden.labels, 4).cast('float32');
    const names = Object.keys(params);
    for (let step = 0; step < 3; step++) {
      const grads = tf.grads((...values: tf.Tensor[]) =>
        tf.losses.softmaxCrossEntropy(
          wanted,
          logits(Object.fromEntries(names.map((name, at) => [name, values[at]!])), images),
        ),
      )(names.map((name) => params[name]!));
      const taskGrads: Params = Object.fromEntries(names.map((name, at) => [name, grads[at]!]));
      velocity = mapParams(velocity, (v, name) =>
        tf.tidy(() => v.mul(golden.momentum).add(taskGrads[name]!)),
      );
      const after = mapParams(params, (p, name) => tf.tidy(() => p.sub(velocity[name]!.mul(golden.rate))));
      state = synapses.afterStep({ taskGrads, before: params, after }, state);
      params = after;
    }
    await expectImportances(state, golden.si.path, 1, 'path');
    state = synapses.consolidate(params, state);
    await expectImportances(state, golden.si.importances, 1);
    await expectImportances(state, golden.si.end, 1, 'anchor');
    const penalty = synapses.penalty(unpack(golden.moved), state);
    await expectValues(penalty, [golden.si.penalty], 1e-4 * golden.si.penalty);
  });
});

describe('the true Fisher', () => {
  it('of drawn labels comes near the sum over all labels, tensor by tensor', async () => {
    const params = unpack(golden.params);
    const exact: Packed = golden.trueFisher;
    for (const per of ['image', 'batch'] as const) {
      const state = await ewc({ logits, per, seed: 3 }).prepare(params, samples(2, 250));
      for (const [name, { values }] of Object.entries(exact)) {
        const total = (list: Iterable<number>) => [...list].reduce((sum, value) => sum + value, 0);
        const ratio = total(await floats(state[`importance/${name}`]!)) / total(values);
        expect(Math.abs(ratio - 1), `${per}, ${name}: ${ratio}`).toBeLessThan(0.15);
      }
      disposeParams(state);
    }
    disposeParams(params);
  });
});
