import { createRng, fixedSgd, tf, UserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../testing/assert.js';
import { classifierStatistics, groupNorms, readNorms } from './measure.js';
import { observationVector } from './observation.js';
import { type IterationStatistics, windowStatistics } from './statistics.js';

const iteration = (loss: number): IterationStatistics => ({
  loss,
  taskLoss: loss - 0.1,
  regularizerLoss: 1,
  classifierMean: loss / 100,
  classifierStd: 0.02,
});

describe('windowStatistics', () => {
  it('averages over the window', () => {
    let window = windowStatistics.init();
    [2, 4, 6].forEach((loss, step) => {
      window = windowStatistics.update(window, iteration(loss), step / 10);
    });
    const { progress, classifierStd, ...rest } = windowStatistics.finish(window);
    expect(rest).toEqual({
      iterations: 3,
      loss: 4,
      taskLoss: 11.7 / 3,
      regularizerLoss: 1,
      classifierMean: 0.12 / 3,
    });
    expectClose([progress, classifierStd], [0.1, 0.02], 1e-15);
  });

  it('survives JSON at any point, with equal bits', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (losses) => {
        let kept = windowStatistics.init();
        let stored = windowStatistics.init();
        for (const loss of losses) {
          kept = windowStatistics.update(kept, iteration(loss), 0.1);
          stored = JSON.parse(JSON.stringify(windowStatistics.update(stored, iteration(loss), 0.1)));
        }
        expect(windowStatistics.finish(stored)).toEqual(windowStatistics.finish(kept));
      }),
    );
  });

  it('averages norms where every iteration has them', () => {
    const norms = (grad: number) => ({ a: { grad, weight: 10 } });
    let window = windowStatistics.init();
    for (const grad of [1, 3])
      window = windowStatistics.update(window, { ...iteration(1), norms: norms(grad) }, 0);
    expect(windowStatistics.finish(window).norms).toEqual({ a: { grad: 2, weight: 10 } });
    window = windowStatistics.update(window, iteration(1), 0);
    expect(windowStatistics.finish(window)).not.toHaveProperty('norms');
    window = windowStatistics.update(window, { ...iteration(1), norms: norms(5) }, 0);
    expect(windowStatistics.finish(window)).not.toHaveProperty('norms');
  });

  it('has no means of nothing', () => {
    expect(() => windowStatistics.finish(windowStatistics.init())).toThrow(/without an iteration/);
  });
});

describe('observationVector', () => {
  const observation = {
    taskLoss: 1,
    regularizerLoss: 2,
    progress: 3,
    classifierMean: 4,
    classifierStd: 5,
    scales: { b: 0.2, a: 0.1 },
  };

  it('puts the five numbers first, then the scales in the order of the groups', () => {
    expect(observationVector(observation, ['a', 'b'])).toEqual([1, 2, 3, 4, 5, 0.1, 0.2]);
    expect(Object.is(observationVector({ ...observation, classifierMean: -0 }, [])[3], 0)).toBe(true);
  });

  it('names what is missing or not finite', () => {
    expect(() => observationVector(observation, ['a', 'c'])).toThrow(/"scales.c".*\n.*undefined/);
    expect(() => observationVector({ ...observation, taskLoss: Number.NaN }, ['a'])).toThrow(UserError);
    expect(() => observationVector({ ...observation, classifierStd: Infinity }, ['a'])).toThrow(
      /"classifierStd"/,
    );
  });
});

describe('classifierStatistics', () => {
  it('gives mean and unbiased standard deviation', () => {
    tf.tidy(() => {
      expectClose(
        classifierStatistics(
          tf.tensor2d([
            [1, 2],
            [3, 6],
          ]),
        ).dataSync(),
        [3, Math.sqrt(14 / 3)],
        1e-6,
      );
      const rng = createRng(0);
      const values = Float32Array.from({ length: 6144 }, () => 0.0255 * rng.normal() + 0.001);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const expected = [mean, Math.sqrt(squares / (values.length - 1))];
      expectClose(classifierStatistics(tf.tensor(values, [512, 12])).dataSync(), expected, 1e-7);
    });
    expect(() => classifierStatistics(tf.tidy(() => tf.scalar(1)))).toThrow(/two numbers/);
  });
});

describe('groupNorms', () => {
  const groupOf = (name: string) => name.split('.')[0]!;

  it('gives the norms of each group over all its tensors', () => {
    tf.tidy(() => {
      const params = { 'a.w': tf.tensor1d([3, 0]), 'a.b': tf.tensor1d([4]), 'c.w': tf.tensor1d([2]) };
      const grads = { 'a.w': tf.tensor1d([0, 6]), 'a.b': tf.tensor1d([8]) };
      const tensor = groupNorms(grads, params, groupOf, ['a', 'c']);
      const expected = { a: { grad: 10, weight: 5 }, c: { grad: 0, weight: 2 } };
      expect(readNorms(['a', 'c'], tensor.dataSync())).toEqual(expected);
      expect(() => groupNorms(grads, params, groupOf, ['d'])).toThrow(/"d"/);
    });
  });

  it('leaves one tensor behind', () => {
    const params = { 'a.w': tf.tensor1d([3, 0]) };
    const before = tf.memory().numTensors;
    groupNorms(params, params, groupOf, ['a']).dispose();
    classifierStatistics(params['a.w']).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(params);
  });
});

describe('action 0', () => {
  it('lets parameters coast under the fixed SGD, by μ·b', () => {
    tf.tidy(() => {
      const optimizer = fixedSgd(() => 'g', { momentum: 0.9 });
      let params: Record<string, tf.Tensor> = { p: tf.tensor1d([1]) };
      let state = optimizer.init(params);
      for (const rate of [0.1, 0]) {
        const next = optimizer.update({ p: tf.tensor1d([1]) }, state, params, { g: rate });
        params = { ...next.params };
        state = next.state;
      }
      expectClose(params.p!.dataSync(), [1 - 0.1 - 0.09], 1e-6);
    });
  });
});
