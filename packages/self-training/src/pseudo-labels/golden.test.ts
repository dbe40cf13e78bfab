import { describe, expect, it } from 'vitest';
import { labelMap, NO_LABEL } from '../dense/label-map.js';
import { golden, goldenProbabilities as P } from '../testing/golden.js';
import { oneHotLabels, pseudoLabels } from './pseudo-labels.js';
import { thresholds } from './thresholds.js';

describe.each(['0.2', '0.5'])('with portion %s, as PyTorch has them from the equations', (q) => {
  const lambda = golden.thresholds[q]!;
  const { hard, soft } = golden.labels[q]!;

  it('thresholds', () => {
    expect([...thresholds(P, { portion: Number(q) })]).toEqual(lambda);
  });

  it('hard labels, and the same in a label map', () => {
    expect([...pseudoLabels(P, { lambda }).hard]).toEqual(hard);
    expect([...labelMap(P, { lambda }).labels]).toEqual(hard.map((k) => (k < 0 ? NO_LABEL : k)));
  });

  it.each(['0.25', '1.0'])('soft labels, α = %s', (alpha) => {
    const labels = pseudoLabels(P, { lambda, alpha: Number(alpha) });
    const expected = soft[alpha]!.labels;
    labels.soft!.forEach((y, i) => {
      expect(y).toBeCloseTo(expected[i]!, 6);
    });
    const map = labelMap(P, { lambda, alpha: Number(alpha) }).labels;
    labels.hard.forEach((k, i) => {
      expect(map[i]).toBe(k < 0 ? NO_LABEL : k);
    });
  });
});

it('one-hot rows have zeros where there is no label', () => {
  expect([...oneHotLabels([1, -1, 0], 2)]).toEqual([0, 1, 0, 0, 1, 0]);
  expect(() => oneHotLabels([2], 2)).toThrow(/label 0 is no class/);
});
