import { createRng } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoLabels } from '../pseudo-labels/pseudo-labels.js';
import { thresholds } from '../pseudo-labels/thresholds.js';
import { anyPortion, anyProbabilities } from '../testing/probabilities.js';
import { labelMap, NO_LABEL } from './label-map.js';
import { minedClasses, minedCrop, rarestClasses } from './patch-mining.js';

describe('label maps', () => {
  it.each([0, 0.25])('have the labels of pseudoLabels (α = %f)', (alpha) => {
    fc.assert(
      fc.property(anyProbabilities({ damaged: true }), anyPortion, fc.boolean(), (p, portion, inclusive) => {
        const options = { lambda: thresholds(p, { portion }), alpha, inclusive };
        const { labels } = labelMap(p, options);
        const { hard } = pseudoLabels(p, options);
        expect([...labels]).toEqual(Array.from(hard, (k) => (k < 0 ? NO_LABEL : k)));
      }),
    );
  });

  it('have the confidence in 8 or 16 bits, 0 where it is no number', () => {
    const p = { values: Float64Array.of(0.25, 0.75, NaN, 1, 1, 0), classes: 2 };
    expect([...labelMap(p, { lambda: [1, 1] }).confidence]).toEqual([191, 0, 255]);
    expect([...labelMap(p, { lambda: [1, 1], bits: 16 }).confidence]).toEqual([49151, 0, 65535]);
  });

  it('refuse more classes than a byte has', () => {
    const classes = 256;
    const p = { values: new Float64Array(classes), classes };
    expect(() => labelMap(p, { lambda: new Float64Array(classes).fill(1) })).toThrow(/byte a pixel/);
  });
});

describe('patch mining', () => {
  it('looks for classes below a thousandth of the pixels', () => {
    const shares = [0.5, 0.0009, 0.001, 0];
    expect(minedClasses(shares)).toEqual([1, 3]);
    expect(minedClasses(shares, { below: 0.01 })).toEqual([1, 2, 3]);
    expect(rarestClasses(shares)).toEqual([3, 1, 2]);
  });

  it('crops lie inside, and a mined one holds a pixel of its class', () => {
    const sizes = fc
      .record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) })
      .chain(({ height, width }) =>
        fc.record({
          size: fc.constant([height, width] as const),
          crop: fc.tuple(fc.integer({ min: 1, max: height }), fc.integer({ min: 1, max: width })),
          labels: fc.uint8Array({ min: 0, max: 3, minLength: height * width, maxLength: height * width }),
        }),
      );
    fc.assert(
      fc.property(sizes, fc.nat(), ({ size, crop, labels }, seed) => {
        const classes = [2, 3];
        const { top, left, mined } = minedCrop(
          labels,
          { size, crop, classes, probability: 1 },
          createRng(seed),
        );
        expect(top).toBeGreaterThanOrEqual(0);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top + crop[0]).toBeLessThanOrEqual(size[0]);
        expect(left + crop[1]).toBeLessThanOrEqual(size[1]);
        expect(mined !== undefined).toBe(labels.some((k) => classes.includes(k)));
        if (mined === undefined) return;
        expect(classes).toContain(mined);
        const inside = Array.from(labels).filter((_, i) => {
          const [y, x] = [Math.floor(i / size[1]), i % size[1]];
          return y >= top && y < top + crop[0] && x >= left && x < left + crop[1];
        });
        expect(inside).toContain(mined);
      }),
    );
  });

  it('mines in eight of ten crops, centred, each class as often', () => {
    const labels = new Uint8Array(21 * 21);
    labels[10 * 21 + 10] = 1;
    labels.fill(2, 4 * 21, 5 * 21);
    const rng = createRng(4);
    const places = Array.from({ length: 2000 }, () =>
      minedCrop(labels, { size: [21, 21], crop: [5, 5], classes: [1, 2] }, rng),
    );
    const share = (of: (place: (typeof places)[number]) => boolean) =>
      places.filter(of).length / places.length;
    expect(share(({ mined }) => mined === undefined)).toBeCloseTo(0.2, 1);
    expect(share(({ mined }) => mined === 1)).toBeCloseTo(0.4, 1);
    const ones = places.filter(({ mined }) => mined === 1);
    expect(ones.every(({ top, left }) => top === 8 && left === 8)).toBe(true);
  });

  it('refuses a crop larger than the image', () => {
    const options = { size: [2, 2], crop: [3, 2], classes: [] } as const;
    expect(() => minedCrop(new Uint8Array(4), options, createRng(0))).toThrow(/crop cannot be taken/);
  });
});
