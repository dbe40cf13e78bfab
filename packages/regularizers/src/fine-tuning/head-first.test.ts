import { describe, expect, it } from 'vitest';
import { headFirst } from './head-first.js';

describe('head first', () => {
  const groups = ['conv1', 'layer1', 'classifier'];

  it('trains the head alone, then everything', () => {
    const { trainedAt } = headFirst({ groups, steps: 2 });
    expect([0, 1, 2, 9].map((step) => trainedAt(step))).toEqual([
      ['classifier'],
      ['classifier'],
      groups,
      groups,
    ]);
    expect(headFirst({ groups, steps: 0 }).trainedAt(0)).toEqual(groups);
  });

  it('refuses a head that is not there, and parts of steps', () => {
    expect(() => headFirst({ groups, head: ['fc'], steps: 1 })).toThrow('conv1, layer1, classifier; got fc');
    expect(() => headFirst({ groups, head: [], steps: 1 })).toThrow('got none');
    for (const steps of [-1, 0.5, Number.NaN]) expect(() => headFirst({ groups, steps })).toThrow(RangeError);
  });
});
