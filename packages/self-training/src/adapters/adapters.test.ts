import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { golden, goldenProbabilities } from '../testing/golden.js';
import { centroidLabels } from './centroid-labels.js';
import { informationMaximisation } from './information-maximisation.js';
import { confidentLabels, movingAverage } from './mean-teacher.js';

describe('information maximisation', () => {
  it.each([
    ['1.0', 1],
    ['0.5', 0.5],
  ] as const)('with diversity %s: the loss and its gradient are PyTorch’s', (name, diversity) => {
    const { rows, logits, [name]: expected } = golden.maximisation;
    const [loss, grad] = tf.tidy(() => {
      const z = tf.tensor2d(logits, [rows, golden.classes]);
      const { value, grads } = tf.valueAndGrads((x) =>
        informationMaximisation(x as tf.Tensor2D, { diversity }),
      )([z]);
      return [value.dataSync()[0]!, Array.from(grads[0]!.dataSync())];
    });
    expect(loss).toBeCloseTo(expected.loss, 5);
    for (const [i, g] of expected.grad.entries()) expect(grad[i]).toBeCloseTo(g, 5);
  });

  it('is least for confident and diverse rows, and finite for certain ones', () => {
    const of = (rows: number[][]) => tf.tidy(() => informationMaximisation(tf.tensor2d(rows)).dataSync()[0]!);
    const diverse = of([
      [100, 0],
      [0, 100],
    ]);
    expect(diverse).toBeCloseTo(-Math.LN2, 5);
    expect(
      of([
        [1000, 0],
        [1000, 0],
      ]),
    ).toBeCloseTo(0, 5);
    expect(
      of([
        [0, 0],
        [0, 0],
      ]),
    ).toBeCloseTo(0, 5);
    expect(tf.tidy(() => informationMaximisation(tf.zeros([0, 2])).dataSync()[0])).toBe(0);
  });
});

describe('labels by centroids', () => {
  const features = {
    values: Float32Array.from(golden.features.values),
    width: golden.features.width,
  };

  it.each(['0', '1'] as const)('after %s refinements they are PyTorch’s', (refinements) => {
    const { hard } = centroidLabels(
      { probabilities: goldenProbabilities, features },
      { refinements: Number(refinements) },
    );
    expect([...hard]).toEqual(golden.centroids[refinements]);
  });

  it('leave classes without samples out, and samples that are no numbers', () => {
    const probabilities = { values: Float64Array.of(1, 0, 0, 1, 0, 0, NaN, 0, 1, 0, 1, 0), classes: 3 };
    const values = Float32Array.of(1, 0, 1, 0.1, 1, 0, 0, 1);
    expect([...centroidLabels({ probabilities, features: { values, width: 2 } }).hard]).toEqual([
      0, 0, -1, 1,
    ]);
    expect(() => centroidLabels({ probabilities })).toThrow(/no features/);
  });
});

describe('a mean teacher', () => {
  it('averages as PyTorch does', () => {
    const { steps, result } = golden.average;
    const average = tf.tidy(() => {
      const params = steps.map((values) => ({ w: tf.tensor1d(values) }));
      const last = params
        .slice(1)
        .reduce((mean, now) => ({ w: movingAverage(mean, now, 0.9).w as tf.Tensor1D }), params[0]!);
      return Array.from(last.w.dataSync());
    });
    for (const [i, value] of result.entries()) expect(average[i]).toBeCloseTo(value, 5);
  });

  it('gives labels where it is confident', () => {
    const labels = tf.tidy(() =>
      Array.from(
        confidentLabels(
          tf.tensor2d([
            [0, 9],
            [0.1, 0],
            [Number.NaN, 0],
          ]),
        ).dataSync(),
      ),
    );
    expect(labels).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it.each([
    [0.3, [0, 0, 1, 0, 1, 0, 0, 0, 0]],
    [0.5, [0, 0, 1, 0, 1, 0, 0, 0, 0]],
    [0.500001, [0, 0, 1, 0, 0, 0, 0, 0, 0]],
    [0.9, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('labels one class a row at most, with threshold %s', (threshold, expected) => {
    const log = (p: readonly number[]) => p.map((value) => (value === 0 ? -200 : Math.log(value)));
    const logits = [log([0.15, 0.1, 0.75]), log([0, 0.5, 0.5]), [Number.NaN, 0, 9]];
    const labels = tf.tidy(() => Array.from(confidentLabels(tf.tensor2d(logits), { threshold }).dataSync()));
    expect(labels).toEqual(expected);
  });

  it('makes new tensors and leaves no others', () => {
    const before = tf.memory().numTensors;
    const params = { a: tf.scalar(1), b: tf.scalar(2) };
    const made = movingAverage({ a: tf.scalar(0) }, params, 0.5);
    expect([made.a!.dataSync()[0], made.b!.dataSync()[0]]).toEqual([0.5, 2]);
    tf.dispose(made);
    expect(tf.memory().numTensors - before).toBe(3);
    expect(() => movingAverage({}, params, 2)).toThrow(/decay/);
    tf.dispose(params);
  });
});
