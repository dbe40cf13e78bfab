import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { disposeParams, type Params } from '../params.js';
import { expectClose } from '../testing.js';
import { tf } from '../tf.js';
import type { Transform } from '../transform.js';
import { partition } from './partition.js';
import { fixedSgd, sgd } from './sgd.js';

const goldens = JSON.parse(readFileSync(new URL('../goldens/core.json', import.meta.url), 'utf8'));
const group = () => 'all';
const options = { momentum: 0.9, weightDecay: 5e-4 };

function run(transform: Transform, start: number[], grads: number[][], rates: number[]): number[][] {
  return tf.tidy(() => {
    let params: Params = { p: tf.tensor1d(start) };
    let state = transform.init(params);
    return grads.map((grad, i) => {
      ({ params, state } = transform.update({ p: tf.tensor1d(grad) }, state, params, { all: rates[i]! }));
      return [...params.p!.dataSync()];
    });
  });
}

describe('sgd', () => {
  it('follows torch.optim.SGD with changing rates', () => {
    const { start, grads, rates, trajectory } = goldens.sgd;
    run(sgd(group, options), start, grads, rates).forEach((values, i) => {
      expectClose(tf.tensor1d(values), trajectory[i], 1e-6);
    });
  });

  it('follows torch.optim.SGD with Nesterov’s momentum', () => {
    const file = new URL('../goldens/nesterov.json', import.meta.url);
    const { start, grads, rates, trajectory } = JSON.parse(readFileSync(file, 'utf8'));
    run(sgd(group, { ...options, nesterov: true }), start, grads, rates).forEach((values, i) => {
      expectClose(tf.tensor1d(values), trajectory[i], 1e-6);
    });
  });

  it('gives the worked example', () => {
    const values = run(sgd(group, options), [1], [[0.5], [0.5], [0.5], [0.5]], [0.01, 0.1, 0, 0.05]).flat();
    expectClose(tf.tensor1d(values), [0.994995, 0.89990025025, 0.89990025025, 0.813844131339], 1e-6);
  });
});

describe('fixedSgd', () => {
  it('gives the worked example: it coasts at rate 0', () => {
    const values = run(
      fixedSgd(group, options),
      [1],
      [[0.5], [0.5], [0.5], [0.5]],
      [0.01, 0.1, 0, 0.05],
    ).flat();
    expectClose(tf.tensor1d(values), [0.994995, 0.94044075025, 0.891341925475, 0.822130699629], 1e-6);
  });

  it('at rate 0 it needs no gradient: the same bits without one', () => {
    tf.tidy(() => {
      const optimizer = fixedSgd(group, options);
      expect([optimizer.gradientFreeAtZero, sgd(group, options).gradientFreeAtZero]).toEqual([true, false]);
      const params = { p: tf.tensor1d([1, -2, 0.3]) };
      const moving = optimizer.update({ p: tf.tensor1d([0.5, 3, -1]) }, optimizer.init(params), params, {
        all: 0.1,
      });
      const records: Params[] = [{ p: tf.tensor1d([7, -8, 9]) }, {}];
      const [withGrad, without] = records.map((grads) =>
        optimizer.update(grads, moving.state, moving.params, { all: 0 }),
      );
      expect([...without!.params.p!.dataSync()]).toEqual([...withGrad!.params.p!.dataSync()]);
      expect([...without!.state.p!.dataSync()]).toEqual([...withGrad!.state.p!.dataSync()]);
      expect([...without!.params.p!.dataSync()]).not.toEqual([...moving.params.p!.dataSync()]);
    });
  });

  it('equals torch SGD while the rate stays the same', () => {
    const grads = [[0.3], [-0.2], [0.9], [0.1]];
    const rates = [0.05, 0.05, 0.05, 0.05];
    const fixed = run(fixedSgd(group, options), [2], grads, rates).flat();
    expectClose(tf.tensor1d(run(sgd(group, options), [2], grads, rates).flat()), fixed, 1e-6);
  });
});

describe.each([
  ['sgd', sgd(group, options)],
  ['fixedSgd', fixedSgd(group, options)],
  ['partition', partition(() => 'x', { x: sgd(group, options) })],
] as const)('every transform: %s', (_, transform) => {
  it('passes a parameter without a gradient through untouched', () => {
    tf.tidy(() => {
      const params = { p: tf.tensor1d([1]), q: tf.tensor1d([2]) };
      const state = transform.init(params);
      const next = transform.update({ p: tf.tensor1d([1]) }, state, params, { all: 0.1 });
      expect(next.params.q).toBe(params.q);
      expect(next.state.q).toBe(state.q);
      expect(next.params.p).not.toBe(params.p);
    });
  });

  it('changes neither its inputs nor the number of tensors beyond what it returns', () => {
    const params: Params = { p: tf.tensor1d([1, 2]) };
    const grads: Params = { p: tf.tensor1d([0.5, -1]) };
    const state = transform.init(params);
    const before = tf.memory().numTensors;
    const next = transform.update(grads, state, params, { all: 0.1 });
    expect(tf.memory().numTensors).toBe(before + 2);
    expectClose(params.p!, [1, 2], 0);
    expectClose(state.p!, [0, 0], 0);
    for (const record of [next.params, next.state, params, grads, state]) disposeParams(record);
    expect(tf.memory().numTensors).toBe(before - 3);
  });

  it('names a group that has no rate', () => {
    const params: Params = { p: tf.tensor1d([1]) };
    expect(() =>
      transform.update({ p: tf.tensor1d([1]) }, transform.init(params), params, { other: 1 }),
    ).toThrow(/"all".*"p"/);
  });
});

describe('partition', () => {
  it('gives each label its own rule and freezes labels without one', () => {
    tf.tidy(() => {
      const optimizer = partition((name) => name, { a: sgd((n) => n), b: fixedSgd((n) => n) });
      let params: Params = { a: tf.tensor1d([1]), b: tf.tensor1d([1]), c: tf.tensor1d([1]) };
      let state = optimizer.init(params);
      expect(Object.keys(state).sort()).toEqual(['a', 'b']);
      for (const rate of [0.1, 0]) {
        const grads = { a: tf.tensor1d([1]), b: tf.tensor1d([1]), c: tf.tensor1d([1]) };
        ({ params, state } = optimizer.update(grads, state, params, { a: rate, b: rate }));
      }
      expectClose(params.a!, [0.9], 1e-6);
      expectClose(params.b!, [0.81], 1e-6);
      expectClose(params.c!, [1], 0);
    });
  });
});

describe('options', () => {
  it('are checked', () => {
    expect(() => sgd(group, { momentum: 1 })).toThrow(/momentum/);
    expect(() => fixedSgd(group, { weightDecay: -1 })).toThrow(/decay/);
  });
});
