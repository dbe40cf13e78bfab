import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { methodTable } from './method-table.js';

const seeds = [
  record({
    label: 'A',
    seed: 1,
    final: { target: 0.6, retention: 0.9, source: 1 },
    oracle: { target: 0.7 },
    seconds: 10,
  }),
  record({ label: 'B', seed: 0, final: { target: 0.5 } }),
  record({
    label: 'A',
    seed: 0,
    final: { target: 0.64, retention: 0.8, source: 1 },
    oracle: { target: 0.7 },
    seconds: 12,
  }),
  record({
    label: 'A',
    seed: 2,
    final: { target: 0.65, retention: 0.85, source: 1 },
    oracle: { target: 0.7 },
    seconds: 14,
  }),
];

describe('methodTable', () => {
  it('groups the seeds of a method, with exact mean and sample standard deviation', () => {
    const { rows, selection, notes } = methodTable(seeds);
    expect(selection).toBe('last epoch');
    expect(notes).toEqual([]);
    expect(rows.map((row) => [row.label, row.series, row.n, row.seeds])).toEqual([
      ['A', 0, 3, [0, 1, 2]],
      ['B', 1, 1, [0]],
    ]);
    // (0.60 + 0.64 + 0.65) / 3 = 0.63; deviations −0.03, 0.01, 0.02: √((9 + 1 + 4)e-4 / 2) = √7e-4.
    expect(rows[0]?.target?.mean).toBeCloseTo(0.63, 14);
    expect(rows[0]?.target?.std).toBeCloseTo(Math.sqrt(7e-4), 14);
    expect(rows[0]?.retention?.mean).toBeCloseTo(0.85, 14);
    expect(rows[0]?.retention?.std).toBeCloseTo(0.05, 14);
    expect(rows[0]?.seconds).toMatchObject({ mean: 12, std: 2, n: 3 });
    expect(rows[1]?.target).toMatchObject({ mean: 0.5, std: undefined, n: 1 });
    expect(rows[1]?.retention).toBeUndefined();
  });

  it('never averages over different selection rules', () => {
    const { rows, selection } = methodTable([
      record({ label: 'A', final: { target: 0.5 } }),
      record({ label: 'A', final: { target: 0.7 }, selection: 'source-held-out' }),
    ]);
    expect(selection).toBeUndefined();
    expect(rows.map((row) => [row.selection, row.target?.mean, row.series])).toEqual([
      ['last epoch', 0.5, 0],
      ['best held-out source epoch', 0.7, 0],
    ]);
  });

  it('keeps a number chosen by the target labels out of the target column', () => {
    const [row] = methodTable([record({ final: { target: 0.9 }, selection: 'oracle-best' })]).rows;
    expect(row?.target).toBeUndefined();
    expect(row?.oracle?.mean).toBe(0.9);
  });

  it('notes repeated seeds and numbers that some runs lack', () => {
    const { notes } = methodTable([
      record({ label: 'A', seed: 4, final: { target: 0.5, retention: 0.5 } }),
      record({ label: 'A', seed: 4, final: { target: 0.6 } }),
    ]);
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/A: seed 4 occurs more than once/);
    expect(notes[1]).toMatch(/A: retention is recorded by 1 of 2 runs/);
  });

  it('is empty for no runs', () => {
    expect(methodTable([])).toEqual({ rows: [], task: 'classification', selection: undefined, notes: [] });
  });
});
