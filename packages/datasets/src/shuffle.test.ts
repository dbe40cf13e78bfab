import { createRng } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { epochOrder, listOrder } from './shuffle.js';

describe('epochOrder', () => {
  it('visits every image once, in another order each epoch', () => {
    const orders = [0, 1, 2].map((epoch) => epochOrder(1000, createRng(7), epoch));
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([...listOrder(1000)]);
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
  });

  it('depends on the stream and the epoch, not on what was drawn before', () => {
    const rng = createRng(7);
    const fresh = epochOrder(50, rng, 3);
    rng.uniform();
    epochOrder(50, rng, 2);
    expect(epochOrder(50, rng, 3)).toEqual(fresh);
    expect(epochOrder(50, createRng(8), 3)).not.toEqual(fresh);
  });

  it('refuses an epoch that is none', () => {
    expect(() => epochOrder(5, createRng(0), -1)).toThrow(RangeError);
  });
});
