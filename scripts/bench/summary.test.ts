import { describe, expect, it } from 'vitest';
import { type Measured, median, quietSteps, toRows, toTable } from './summary.js';

const steps = (...pairs: [ms: number, otherLoad: number][]) =>
  pairs.map(([ms, otherLoad]) => ({ ms, otherLoad }));

const measured = (engine: string, ms: number, peakRssMB: number, workload = 'net'): Measured => ({
  workload,
  engine,
  device: 'cpu',
  flops: 1e9,
  steps: steps([ms, 0], [ms, 0], [ms, 0]),
  peakRssMB,
  firstStepMs: 9,
});

describe('quiet steps', () => {
  it('are those with little other load', () => {
    const all = steps([10, 0], [30, 0.9], [11, 0.01], [12, 0.05], [50, 0.06]);
    expect(quietSteps(all).map(({ ms }) => ms)).toEqual([10, 11, 12]);
  });

  it('are the quieter half where few are', () => {
    const all = steps([10, 0.5], [30, 0.9], [11, 0], [12, 0.2]);
    expect(quietSteps(all).map(({ ms }) => ms)).toEqual([11, 12]);
    expect(quietSteps([])).toEqual([]);
  });

  it('median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });
});

describe('rows', () => {
  const rows = toRows(
    [
      measured('onnxruntime', 100, 120),
      measured('pytorch-eager', 150, 100),
      measured('pytorch-compile', 130, 200),
      measured('onnxruntime', 5, 10, 'alone'),
    ],
    20,
  );

  it("compare with PyTorch's best mode of the same workload", () => {
    expect(rows[0]).toMatchObject({
      gflops: 10,
      shareOfGemmPeak: 0.5,
      ratioToPytorch: 1.3,
      memoryOfPytorch: 0.6,
    });
    expect(rows[1]!.ratioToPytorch).toBeCloseTo(130 / 150);
    expect(rows[2]!.ratioToPytorch).toBe(1);
  });

  it('are null where PyTorch was not measured, and print as a dash', () => {
    expect(rows[3]).toMatchObject({ ratioToPytorch: null, memoryOfPytorch: null });
    const lines = toTable(rows).split('\n');
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
    expect(lines[5]).toContain('–');
  });
});
