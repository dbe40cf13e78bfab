import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statistic } from './statistic.js';

describe('statistic', () => {
  it('gives mean and sample standard deviation', () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squared deviations 32, so std = √(32 / 7).
    const value = statistic([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(value).toEqual({ mean: 5, std: Math.sqrt(32 / 7), min: 2, max: 9, n: 8 });
  });

  it('has no spread for one value and nothing for none', () => {
    expect(statistic([0.5, undefined])).toEqual({ mean: 0.5, std: undefined, min: 0.5, max: 0.5, n: 1 });
    expect(statistic([])).toBeUndefined();
    expect(statistic([undefined])).toBeUndefined();
  });

  it('keeps the mean between minimum and maximum, moves with a shift, and leaves the spread', () => {
    const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(fractions, (values) => {
        const a = statistic(values)!;
        const b = statistic(values.map((x) => x + 1))!;
        expect(a.mean).toBeGreaterThanOrEqual(a.min - 1e-12);
        expect(a.mean).toBeLessThanOrEqual(a.max + 1e-12);
        expect(b.mean).toBeCloseTo(a.mean + 1, 10);
        expect(b.std!).toBeCloseTo(a.std!, 10);
      }),
    );
  });
});
