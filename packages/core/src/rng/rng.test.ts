import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, restoreRng } from './rng.js';
import { threefry2x32 } from './threefry.js';

describe('threefry2x32', () => {
  it('gives the known answers of Random123', () => {
    expect(threefry2x32([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([
      0x1cb996fc, 0xbb002be7,
    ]);
    expect(threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([
      0xc4923a9c, 0x483df7a0,
    ]);
  });
});

describe('createRng', () => {
  it('goes on bit by bit from a saved state', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(40), (seed, drawn) => {
        const rng = createRng(seed);
        for (let i = 0; i < drawn; i++) rng.uniform();
        const again = restoreRng(JSON.parse(JSON.stringify(rng.state())));
        for (let i = 0; i < 5; i++) expect(again.normal()).toBe(rng.normal());
      }),
    );
  });

  it('splits by name, whatever was drawn before', () => {
    const fresh = createRng(7);
    const used = createRng(7);
    used.permutation(100);
    expect(used.split('data').uniform()).toBe(fresh.split('data').uniform());
    const labels = ['data', 'date', 'dat', 'data\0', '', 'a long label of more than eight bytes', 0, 1, 10];
    const firsts = labels.map((label) => fresh.split(label).uniform());
    expect(new Set(firsts).size).toBe(labels.length);
  });

  it('gives permutations that hold every index once', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(200), (seed, n) => {
        const sorted = [...createRng(seed).permutation(n)].sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('is uniform and normal to within five standard errors', () => {
    const rng = createRng(1);
    const n = 100_000;
    let sum = 0;
    let square = 0;
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < n; i++) {
      const z = rng.normal();
      sum += z;
      square += z * z;
      counts[rng.integer(10)]! += 1;
    }
    expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(square / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    for (const count of counts) expect(Math.abs(count - n / 10)).toBeLessThan(5 * Math.sqrt(n * 0.1 * 0.9));
  });

  it('refuses seeds and bounds it cannot honour', () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 60]) expect(() => createRng(seed)).toThrow(/seed/);
    for (const bound of [0, -3, 1.5, 2 ** 33]) expect(() => createRng(0).integer(bound)).toThrow(/bound/);
  });
});
