import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoLabels } from '../pseudo-labels/pseudo-labels.js';
import { thresholds } from '../pseudo-labels/thresholds.js';
import { anyPortion, anyProbabilities } from '../testing/probabilities.js';
import { labelMap, NO_LABEL } from './label-map.js';
import { type SoftLabelMap, softLabelMap } from './soft-label-map.js';

/** Shares of each pixel by class, with the zeros that are not kept. */
function rowsOf({ classes, shares }: SoftLabelMap, all: number, pixels: number): number[][] {
  return Array.from({ length: pixels }, (_, pixel) =>
    Array.from({ length: all }, (_, k) => {
      const plane = classes.indexOf(k);
      return plane < 0 ? 0 : shares[plane * pixels + pixel]!;
    }),
  );
}

describe('soft label maps', () => {
  it('are pseudoLabels to within a 255th, add up, and have the class of labelMap largest', () => {
    const anyAlpha = fc.constantFrom(0.05, 0.25, 1, 4);
    fc.assert(
      fc.property(
        anyProbabilities({ damaged: true }),
        anyPortion,
        anyAlpha,
        fc.boolean(),
        (p, portion, alpha, inclusive) => {
          const options = { lambda: thresholds(p, { portion }), alpha, inclusive };
          const map = softLabelMap(p, options);
          const { soft } = pseudoLabels(p, options);
          const { labels } = labelMap(p, options);
          expect(map.shares).toHaveLength(map.classes.length * labels.length);
          rowsOf(map, p.classes, labels.length).forEach((row, pixel) => {
            const sum = row.reduce((a, b) => a + b, 0);
            expect(sum).toBe(labels[pixel] === NO_LABEL ? 0 : 255);
            if (sum > 0) expect(row[labels[pixel]!]).toBe(Math.max(...row));
            row.forEach((share, k) => {
              expect(Math.abs(share / 255 - soft![pixel * p.classes + k]!)).toBeLessThan(1 / 255);
            });
          });
          for (const plane of map.classes.keys()) {
            const of = map.shares.subarray(plane * labels.length, (plane + 1) * labels.length);
            expect(of.some((share) => share > 0)).toBe(true);
          }
        },
      ),
    );
  });

  it('have hard labels as their limit', () => {
    const p = { values: Float64Array.of(0.7, 0.2, 0.1, 0.3, 0.6, 0.1, 0.4, 0.35, 0.25), classes: 3 };
    const lambda = [0.5, 0.5, 0.5];
    const { labels } = labelMap(p, { lambda });
    const rows = rowsOf(softLabelMap(p, { lambda, alpha: 1e-3 }), 3, 3);
    expect(rows).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 0],
    ]);
    expect([...labels]).toEqual([0, 1, NO_LABEL]);
  });

  it('all selected: α = 1 and λ = 1 keep the probabilities; none selected: no class occurs', () => {
    const p = { values: Float64Array.of(0.6, 0.4, 0.2, 0.8), classes: 2 };
    const all = softLabelMap(p, { lambda: [1e-9, 1e-9], alpha: 1 });
    expect(rowsOf(all, 2, 2)).toEqual([
      [153, 102],
      [51, 204],
    ]);
    const none = softLabelMap(p, { lambda: [1e9, 1e9], alpha: 0.25 });
    expect(none).toEqual({ classes: [], shares: new Uint8Array() });
  });

  it('refuse an α of 0 and thresholds that are none', () => {
    const p = { values: Float64Array.of(0.6, 0.4), classes: 2 };
    expect(() => softLabelMap(p, { lambda: [1, 1] })).toThrow(/α above 0/);
    expect(() => softLabelMap(p, { lambda: [1, 0], alpha: 0.25 })).toThrow(/thresholds or this α/);
  });
});
