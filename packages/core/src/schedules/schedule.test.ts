import { describe, expect, it } from 'vitest';
import { warmupPolyFloor } from './schedule.js';

describe('warmupPolyFloor', () => {
  const visda = 30 * Math.ceil(152_397 / 32);

  it.each([
    [0, 0.01],
    [1, 0.0100989364],
    [10, 0.0198987466],
    [50, 0.2574189047],
    [99, 0.9796877069],
    [100, 0.9993701228],
    [1000, 0.993699239],
    [10_000, 0.9367882152],
    [71_445, 0.5358867313],
    [114_312, 0.2349237886],
    [142_889, 0.2349237886],
  ])('VisDA-17, 30 epochs of batch 32: iteration %d', (step, factor) => {
    expect(visda).toBe(142_890);
    expect(warmupPolyFloor()(step, visda)).toBeCloseTo(factor, 9);
  });

  it.each([
    [50, 0.2573841221],
    [100, 0.999099955],
    [50_000, 0.5358867313],
    [80_000, 0.2349237886],
  ])('GTA5, 100,000 iterations: iteration %d', (step, factor) => {
    expect(warmupPolyFloor()(step, 100_000)).toBeCloseTo(factor, 9);
  });

  it('can do without warm-up and floor', () => {
    expect(warmupPolyFloor({ warmup: 0, floor: 1 })(50, 100)).toBeCloseTo(0.5 ** 0.9, 12);
    expect(() => warmupPolyFloor()(0, 0)).toThrow(/at least one iteration/);
  });
});
