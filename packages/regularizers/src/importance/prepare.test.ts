import {
  disposeParams,
  type ParameterRegularizer,
  type Params,
  type RegularizerBatch,
  tf,
} from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { ewc } from '../ewc.js';
import { mas } from '../mas.js';
import { si } from '../si.js';
import { batchesOf, madeParams, outputMap, outputVector } from '../testing/parameter-setting.js';
import { expectValues, floats } from '../testing/tensors.js';

type Watch = (images: number) => void;

/** Every regularizer that measures on samples; a new one is a new row. */
const table: { name: string; make: (onProgress?: Watch) => ParameterRegularizer }[] = [
  { name: 'EWC', make: (onProgress) => ewc({ logits: outputMap, ...(onProgress && { onProgress }) }) },
  { name: 'MAS', make: (onProgress) => mas({ output: outputMap, ...(onProgress && { onProgress }) }) },
  {
    name: 'SI along the old task',
    make: (onProgress) =>
      si({
        trajectory: {
          from: 'old-task',
          rate: 0.01,
          loss: (params, { images }) => outputMap(params, images).square().mean(),
          ...(onProgress && { onProgress }),
        },
      }),
  },
];

describe.each(table)('$name measures on samples', ({ make }) => {
  const anchor = madeParams(1);

  it('says how far it is, and holds no more tensors after many images than after a few', async () => {
    const seen: number[] = [];
    const held = new Set<number>();
    const regularizer = make((images) => {
      seen.push(images);
      if (images % 2 === 0) held.add(tf.memory().numTensors);
    });
    const before = tf.memory().numTensors;
    disposeParams(await regularizer.prepare(anchor, batchesOf([2, 2, 2, 2, 2, 2], 'map')));
    expect(seen.at(-1)).toBe(12);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(held.size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('wants samples', async () => {
    const before = tf.memory().numTensors;
    await expect(make().prepare(anchor)).rejects.toThrow(/on images, and got none/);
    await expect(make().prepare(anchor, batchesOf([], 'map'))).rejects.toThrow(/got none/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names an image that is damaged, and leaves nothing behind', async () => {
    async function* damaged(): AsyncGenerator<RegularizerBatch> {
      yield* batchesOf([2], 'map');
      const images = tf.fill<tf.Rank.R4>([1, 4, 4, 2], Number.NaN);
      yield { images, labels: tf.zeros([1, 2, 2], 'int32') };
    }
    await expect(make().prepare(anchor, damaged())).rejects.toThrow(/not finite after 2 images/);
  });

  it('passes on what the stream throws', async () => {
    async function* broken(): AsyncGenerator<RegularizerBatch> {
      yield* batchesOf([2], 'map');
      throw new Error('the disk is gone');
    }
    const before = tf.memory().numTensors;
    await expect(make().prepare(anchor, broken())).rejects.toThrow('the disk is gone');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('importances', () => {
  it('by image do not depend on how the images are batched', async () => {
    const anchor = madeParams(1);
    for (const make of [
      () => ewc({ logits: outputVector, seed: 4 }),
      () => ewc({ logits: outputVector, fisher: 'empirical' }),
      () => mas({ output: outputVector }),
    ]) {
      const states: Params[] = [];
      for (const sizes of [[5], [2, 3], [1, 1, 1, 1, 1]]) {
        states.push(await make().prepare(anchor, batchesOf(sizes, 'vector')));
      }
      const wanted = await floats(states[0]!['importance/conv1.weight']!);
      expect(Math.max(...wanted)).toBeGreaterThan(0);
      for (const state of states) await expectValues(state['importance/conv1.weight']!, wanted, 1e-7);
      states.forEach(disposeParams);
    }
  });

  it('of the true Fisher follow the seed', async () => {
    const anchor = madeParams(1);
    const read = async (seed: number) => {
      const state = await ewc({ logits: outputVector, seed }).prepare(anchor, batchesOf([5], 'vector'));
      const values = await floats(state['importance/bn1.bias']!);
      disposeParams(state);
      return [...values];
    };
    expect(await read(1)).toEqual(await read(1));
    expect(await read(1)).not.toEqual(await read(2));
  });

  it('of the empirical Fisher want labels, of the right shape, and leave ignored ones out', async () => {
    const anchor = madeParams(1);
    const empirical = ewc({ logits: outputVector, fisher: 'empirical' });
    async function* one(labels?: tf.Tensor): AsyncGenerator<RegularizerBatch> {
      const images = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
      yield labels === undefined ? { images } : { images, labels };
    }
    await expect(empirical.prepare(anchor, one())).rejects.toThrow('needs labels');
    await expect(empirical.prepare(anchor, one(tf.zeros([1, 2], 'int32')))).rejects.toThrow('got [1,2]');
    const importances = async (labels: tf.Tensor) =>
      floats((await empirical.prepare(anchor, one(labels)))['importance/bn1.bias']!);
    for (const ignored of [255, -1, 4]) {
      expect([...(await importances(tf.tensor1d([ignored], 'int32')))]).toEqual([0, 0, 0, 0]);
    }
    const byIndex = await importances(tf.tensor1d([2], 'int32'));
    expect(byIndex[2]).toBeGreaterThan(0);
    expect([...(await importances(tf.tensor2d([[0, 0, 1, 0]])))]).toEqual([...byIndex]);
  });

  it('want a function of the parameters', async () => {
    const constant = mas({ output: (_, images) => images });
    await expect(constant.prepare(madeParams(1), batchesOf([1], 'map'))).rejects.toThrow(/uses none of them/);
  });

  it('are refused where options or states make no sense', async () => {
    expect(() => ewc({ logits: outputMap, fisher: 'exact' as 'true' })).toThrow(
      /'true' or 'empirical'; got "exact"/,
    );
    expect(() => si({ xi: 0 })).toThrow(/ξ/);
    expect(() => si({ trajectory: { from: 'first-pass', steps: 0 } })).toThrow(
      /whole number of steps; got 0/,
    );
    const loss = () => tf.scalar(0);
    expect(() => si({ trajectory: { from: 'old-task', rate: -1, loss } })).toThrow(/rate/);
    expect(() => si({ trajectory: { from: 'thin air' } as unknown as { from: 'none' } })).toThrow(/thin air/);
    const [anchor, plain] = [madeParams(1), { 'anchor/bn1.bias': tf.zeros([4]) }];
    expect(() => mas({ output: outputMap }).penalty(anchor, plain)).toThrow(/no importance/);
    const without = si({ trajectory: { from: 'importance', regularizer: si() } });
    const state = await without.prepare(anchor);
    await expectValues(without.penalty(madeParams(2), state), [0], 0);
  });
});
