import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Probabilities } from '../probabilities.js';
import { mostConfidentLabels, pseudoLabels } from './pseudo-labels.js';
import { thresholdOf } from './threshold-rule.js';
import { thresholds } from './thresholds.js';

const SEVEN = [0.99, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

describe('thresholds', () => {
  it.each([
    ['crst', 0.2, 0.99],
    ['udacu', 0.2, 0.9],
    ['drst', 0.2, 0.99],
    ['crst', 0.5, 0.85],
    ['udacu', 0.5, 0.8],
    ['drst', 0.5, 0.85],
  ] as const)('%s, portion %f of seven confidences: %f', (rule, portion, expected) => {
    expect(thresholdOf(SEVEN, portion, rule)).toBe(expected);
  });

  it('differ at the edges as their sources do', () => {
    expect(thresholdOf(SEVEN, 0.1, 'crst')).toBe(1);
    expect(thresholdOf(SEVEN, 0.1, 'udacu')).toBe(0.99);
    expect(thresholdOf(SEVEN, 0.1, 'drst')).toBe(0.5);
    expect([thresholdOf([], 0.5, 'crst'), thresholdOf([], 0.5, 'udacu')]).toEqual([1, 1]);
    expect(thresholdOf([], 0.5, 'drst')).toBe(1e12);
  });

  it('one for all classes, or one each', () => {
    const probabilities = { values: Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6), classes: 2 };
    expect([...thresholds(probabilities, { portion: 0.5 })]).toEqual([0.9, 0.7]);
    expect([...thresholds(probabilities, { portion: 0.5, balance: 'global' })]).toEqual([0.8, 0.8]);
  });

  it('a class never predicted has 1, and NaN is left out', () => {
    const values = Float64Array.of(0.9, 0.1, 0, NaN, 0.4, 0.6, 0.8, 0.2, 0);
    expect([...thresholds({ values, classes: 3 }, { portion: 1 })]).toEqual([0.8, 1, 1]);
  });

  it.each([-0.1, 1.1, NaN])('portion %f is refused', (portion) => {
    expect(() => thresholds({ values: Float64Array.of(0.5, 0.5), classes: 2 }, { portion })).toThrow(
      /portion/,
    );
  });

  it.each([
    [3, 2],
    [4, 1],
  ])('%i values of %i classes are refused', (length, classes) => {
    expect(() => thresholds({ values: new Float64Array(length), classes }, { portion: 0.5 })).toThrow(
      /whole rows/,
    );
  });
});

describe('labels', () => {
  const P: Probabilities = { values: Float64Array.of(0.6, 0.3, 0.1), classes: 3 };
  const lambda = [0.9, 0.5, 0.8];

  it('below its thresholds a sample has none, hard or soft', () => {
    expect([...pseudoLabels(P, { lambda }).hard]).toEqual([-1]);
    expect([...pseudoLabels(P, { lambda, alpha: 0.25 }).soft!]).toEqual([0, 0, 0]);
  });

  it('soft labels are those of the equation', () => {
    const lower = lambda.map((l) => l * 0.1);
    const soft = [...pseudoLabels(P, { lambda: lower, alpha: 0.25 }).soft!];
    for (const [k, y] of [0.603378, 0.395876, 0.000746].entries()) expect(soft[k]).toBeCloseTo(y, 6);
  });

  it('stay finite for probabilities of 0 and a small α', () => {
    const { soft, hard } = pseudoLabels(
      { values: Float64Array.of(1, 0, 0), classes: 3 },
      { lambda: [1e-6, 0.5, 0.5], alpha: 0.001 },
    );
    expect([...soft!, ...hard]).toEqual([1, 0, 0, 0]);
  });

  it('a sample that just reaches its threshold', () => {
    const edge = { values: Float64Array.of(0.75, 0.25), classes: 2 };
    expect([...pseudoLabels(edge, { lambda: [0.75, 1] }).hard]).toEqual([0]);
    expect([...pseudoLabels(edge, { lambda: [0.75, 1], inclusive: false }).hard]).toEqual([-1]);
  });

  it('NaN rows get none', () => {
    const rows = { values: Float64Array.of(NaN, 1, 0.9, 0.1), classes: 2 };
    expect([...pseudoLabels(rows, { lambda: [0.5, 0.5] }).hard]).toEqual([-1, 0]);
    expect([...pseudoLabels(rows, { lambda: [0.5, 0.5], alpha: 0.25 }).hard]).toEqual([-1, 0]);
  });

  it.each([
    [{ lambda: [0.5] }],
    [{ lambda: [0.5, 0, 0.5] }],
    [{ lambda, alpha: -1 }],
    [{ lambda, alpha: NaN }],
  ])('%o is refused', (options) => {
    expect(() => pseudoLabels(P, options)).toThrow(/thresholds or this α/);
  });
});

const rows = fc
  .record({ classes: fc.integer({ min: 2, max: 5 }), count: fc.integer({ min: 0, max: 40 }) })
  .chain(({ classes, count }) =>
    fc
      .array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: classes, maxLength: classes }), {
        minLength: count,
        maxLength: count,
      })
      .map((weights) => ({
        classes,
        values: Float64Array.from(
          weights.flatMap((row) => {
            const sum = row.reduce((a, b) => a + b, 0);
            return row.map((w) => (sum === 0 ? 1 / classes : w / sum));
          }),
        ),
      })),
  );
const portion = fc.double({ min: 0, max: 1, noNaN: true });

describe('whatever the probabilities', () => {
  it.each([0, 0.25])('a larger portion labels a superset (α = %f)', (alpha) => {
    fc.assert(
      fc.property(rows, portion, portion, (p, a, b) => {
        const few = pseudoLabels(p, { lambda: thresholds(p, { portion: Math.min(a, b) }), alpha });
        const many = pseudoLabels(p, { lambda: thresholds(p, { portion: Math.max(a, b) }), alpha });
        for (const [i, label] of few.hard.entries()) expect(label < 0 || many.hard[i]! >= 0).toBe(true);
      }),
    );
  });

  it('renaming classes renames labels', () => {
    fc.assert(
      fc.property(rows, portion, (p, q) => {
        const { classes, values } = p;
        const turned = values.map((_, i) => {
          const k = i % classes;
          return values[i - k + ((k + 1) % classes)]!;
        });
        const isTied = (row: Float64Array) => new Set(row).size < classes;
        const tied = Array.from({ length: values.length / classes }, (_, i) =>
          isTied(values.slice(i * classes, (i + 1) * classes)),
        );
        fc.pre(!tied.includes(true));
        const lambda = thresholds(p, { portion: q });
        const turnedLambda = thresholds({ classes, values: turned }, { portion: q });
        for (const [k, l] of lambda.entries()) expect(turnedLambda[(k + classes - 1) % classes]).toBe(l);
        const soft = pseudoLabels(p, { lambda, alpha: 0.25 }).soft!;
        const turnedSoft = pseudoLabels({ classes, values: turned }, { lambda: turnedLambda, alpha: 0.25 })
          .soft!;
        turnedSoft.forEach((y, i) => {
          const k = i % classes;
          expect(y).toBeCloseTo(soft[i - k + ((k + 1) % classes)]!, 6);
        });
      }),
    );
  });

  it('hard labels are the limit of soft ones', () => {
    fc.assert(
      fc.property(rows, portion, (p, q) => {
        const lambda = thresholds(p, { portion: q });
        const hard = pseudoLabels(p, { lambda }).hard;
        const soft = pseudoLabels(p, { lambda, alpha: 1e-5 });
        hard.forEach((label, i) => {
          if (label < 0) return;
          expect(soft.hard[i]).toBe(label);
          const row = soft.soft!.slice(i * p.classes, (i + 1) * p.classes);
          const ratios = Array.from(row, (_, k) => p.values[i * p.classes + k]! / lambda[k]!);
          const isAlone = ratios.every((r, k) => k === label || r < ratios[label]! * 0.999);
          if (isAlone) expect(row[label]).toBeCloseTo(1, 6);
        });
      }),
    );
  });

  it('exactly the most confident ⌊n·q⌋ of each predicted class', () => {
    fc.assert(
      fc.property(rows, portion, (p, q) => {
        const lambda = thresholds(p, { portion: q });
        const { hard } = mostConfidentLabels(p, { lambda, portion: q });
        const members = new Map<number, number>();
        for (let i = 0; i < p.values.length / p.classes; i++) {
          const row = Array.from(p.values.slice(i * p.classes, (i + 1) * p.classes));
          const k = row.indexOf(Math.max(...row));
          members.set(k, (members.get(k) ?? 0) + 1);
        }
        const expected = [...members.values()].reduce((sum, n) => sum + Math.floor(n * q), 0);
        expect(hard.filter((label) => label >= 0).length).toBe(expected);
      }),
    );
  });
});
