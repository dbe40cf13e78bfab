import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { pairedBySeed, pairedDifference } from './paired.js';

describe('pairedDifference', () => {
  it('is the mean with Student’s interval', () => {
    const { mean, half, n } = pairedDifference([
      [0.62, 0.58],
      [0.61, 0.59],
      [0.63, 0.6],
    ])!;
    expect([mean, n]).toEqual([expect.closeTo(0.03, 12), 3]);
    expect(half).toBeCloseTo((4.302652729911275 * 0.01) / Math.sqrt(3), 9);
  });

  it('has the tabulated quantiles', () => {
    const half = (n: number, confidence: number) =>
      pairedDifference(
        Array.from({ length: n }, (_, i) => [i % 2 === 0 ? 1 : -1, 0] as const),
        confidence,
      )!.half!;
    const std = Math.sqrt(4 / 3);
    expect(half(4, 0.95)).toBeCloseTo((3.182446305 * std) / 2, 6);
    expect(half(4, 0.99)).toBeCloseTo((5.84090931 * std) / 2, 6);
  });

  it('has no interval for one pair, and nothing for none', () => {
    expect(pairedDifference([[0.5, 0.25]])).toEqual({ mean: 0.25, n: 1 });
    expect(pairedDifference([])).toBeUndefined();
    for (const confidence of [0, 1, Number.NaN])
      expect(() => pairedDifference([[1, 2]], confidence)).toThrow(/between 0 and 1/);
  });
});

describe('pairedBySeed', () => {
  it('pairs the seeds that both have', () => {
    const of = (seed: number | undefined, target?: number) => record({ seed, final: { target } });
    const a = [of(0, 0.5), of(1, 0.6), of(2, 0.7), of(undefined, 0.9), of(3)];
    const b = [of(2, 0.1), of(0, 0.2), of(3, 0.3), of(undefined, 0.4)];
    expect(pairedBySeed(a, b, 'target')).toEqual([
      [0.5, 0.2],
      [0.7, 0.1],
    ]);
  });
});
