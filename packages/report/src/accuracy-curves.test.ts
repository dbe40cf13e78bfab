import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { accuracyCurves } from './accuracy-curves.js';

describe('accuracyCurves', () => {
  it('averages over seeds at the epochs that all of them read', () => {
    const runs = [
      record({
        label: 'A',
        epochs: [
          { epoch: 0, target: 0.1 },
          { epoch: 1, target: 0.5 },
          { epoch: 2, target: 0.6 },
        ],
      }),
      record({ label: 'B', epochs: [{ epoch: 1, retention: 0.9 }] }),
      record({ label: 'A', epochs: [{ epoch: 0, target: 0.3 }, { epoch: 1 }, { epoch: 2, target: 0.8 }] }),
      record({ label: 'A', epochs: [{ epoch: 3, retention: 0.7 }] }),
    ];
    const [a, ...others] = accuracyCurves(runs, 'target');
    expect(others).toEqual([]);
    expect(a).toMatchObject({ label: 'A', series: 0, n: 2 });
    expect(a?.points.map((p) => p.epoch)).toEqual([0, 2]);
    expect(a?.points[0]?.mean).toBeCloseTo(0.2, 14);
    expect(a?.points[1]).toMatchObject({ min: 0.6, max: 0.8, n: 2 });
    expect(accuracyCurves(runs, 'retention').map((c) => [c.label, c.series, c.n])).toEqual([
      ['A', 0, 1],
      ['B', 1, 1],
    ]);
  });
});
