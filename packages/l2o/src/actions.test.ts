import { describe, expect, it } from 'vitest';
import { scaledRates, scaleOf, scalesOf, uniformScales } from './actions.js';

describe('actions', () => {
  it('stand for 0, 0.1, …, 1', () => {
    expect(Array.from({ length: 11 }, (_, k) => scaleOf(k))).toEqual([
      0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ]);
    for (const wrong of [-1, 11, 0.5, Number.NaN]) expect(() => scaleOf(wrong)).toThrow(/0…10/);
  });

  it('become scales by group, and rates', () => {
    const scales = scalesOf([10, 0, 5], ['conv1', 'layer1', 'classifier']);
    expect(scales).toEqual({ conv1: 1, layer1: 0, classifier: 0.5 });
    expect(scaledRates(scales, 1e-4)).toEqual({ conv1: 1e-4, layer1: 0, classifier: 5e-5 });
    expect(scaledRates(scales, { conv1: 1, layer1: 2, classifier: 4 })).toEqual({
      conv1: 1,
      layer1: 0,
      classifier: 2,
    });
    expect(uniformScales(['a', 'b'])).toEqual({ a: 1, b: 1 });
  });

  it('must fit the groups', () => {
    expect(() => scalesOf([1, 2], ['a'])).toThrow(/1 groups need as many actions; got 2/);
    expect(() => scaledRates({ a: 1 }, {})).toThrow(/"a"/);
  });
});
