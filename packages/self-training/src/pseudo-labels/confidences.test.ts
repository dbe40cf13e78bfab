import { createRng } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Probabilities } from '../probabilities.js';
import { anyPortion, anyProbabilities } from '../testing/probabilities.js';
import { histogramConfidences } from './histogram-confidences.js';
import { pseudoLabels } from './pseudo-labels.js';
import { sampledConfidences } from './sampled-confidences.js';
import { thresholds } from './thresholds.js';

const rule = fc.constantFrom('crst' as const, 'udacu' as const, 'drst' as const);
const balance = fc.constantFrom('class' as const, 'global' as const);

/** The first and the second part of some probabilities. */
function halves({ values, classes }: Probabilities): [Probabilities, Probabilities] {
  const cut = Math.floor(values.length / classes / 2) * classes;
  return [
    { classes, values: values.slice(0, cut) },
    { classes, values: values.slice(cut) },
  ];
}

describe('confidences piece by piece', () => {
  it('all of them give the thresholds of the whole', () => {
    fc.assert(
      fc.property(
        anyProbabilities({ damaged: true }),
        anyPortion,
        rule,
        balance,
        (p, portion, rule, balance) => {
          const collector = sampledConfidences({ classes: p.classes });
          const collected = halves(p).reduce(collector.add, collector.init());
          const options = { portion, rule, balance };
          expect(collector.thresholds(collected, options)).toEqual(thresholds(p, options));
        },
      ),
    );
  });

  it('a histogram gives them at most a bin too low, never too high', () => {
    fc.assert(
      fc.property(
        anyProbabilities({ damaged: true }),
        anyPortion,
        rule,
        balance,
        fc.integer({ min: 1, max: 12 }),
        (p, portion, rule, balance, bits) => {
          const collector = histogramConfidences({ classes: p.classes, bits });
          const start = collector.init();
          const collected = halves(p).reduce(collector.add, start);
          expect(start.counts.every((n) => n === 0)).toBe(true);
          const options = { portion, rule, balance };
          const exact = thresholds(p, options);
          for (const [k, l] of collector.thresholds(collected, options).entries()) {
            expect(l).toBeLessThanOrEqual(exact[k]!);
            expect(exact[k]! - l).toBeLessThanOrEqual(
              Math.max(2 ** -bits * (1 - exact[k]!), 2 ** -30) + 1e-15,
            );
          }
        },
      ),
    );
  });

  it('thresholds of a histogram label all that exact ones do, and few more', () => {
    const rng = createRng(3);
    const [classes, count] = [4, 20_000];
    const values = new Float32Array(classes * count);
    for (let i = 0; i < count; i++) {
      const scores = Array.from({ length: classes }, () => Math.exp(2 * rng.normal()));
      const sum = scores.reduce((a, b) => a + b, 0);
      scores.forEach((score, k) => {
        values[i * classes + k] = score / sum;
      });
    }
    const p = { values, classes };
    const collector = histogramConfidences({ classes });
    const near = collector.thresholds(collector.add(collector.init(), p), { portion: 0.2 });
    const exact = pseudoLabels(p, { lambda: thresholds(p, { portion: 0.2 }) }).hard;
    const streamed = pseudoLabels(p, { lambda: near }).hard;
    const more = streamed.filter((label, i) => label >= 0 && exact[i]! < 0).length;
    expect(exact.filter((label, i) => label >= 0 && streamed[i]! < 0)).toHaveLength(0);
    expect(more).toBeLessThan(10);
  });

  it('tell samples apart that are nearly certain', () => {
    const doubts = Array.from({ length: 5000 }, (_, i) => 1e-4 * 0.999 ** i);
    const p = { classes: 2, values: Float64Array.from(doubts.flatMap((doubt) => [1 - doubt, doubt])) };
    const collector = histogramConfidences({ classes: 2 });
    const lambda = collector.thresholds(collector.add(collector.init(), p), { portion: 0.2 });
    const selected = pseudoLabels(p, { lambda }).hard.filter((label) => label >= 0).length;
    expect(selected).toBeGreaterThanOrEqual(1000);
    expect(selected).toBeLessThan(1002);
  });

  it('every fourth of a class’s samples in a piece, the first included', () => {
    const collector = sampledConfidences({ classes: 2, every: 4 });
    const row = (confidence: number) => [confidence, 1 - confidence];
    const values = Float64Array.from([0.9, 0.8, 0.7, 0.6, 0.95, 0.85].flatMap(row));
    const other = Float64Array.from([0.1, 0.92]).map((p) => p);
    const collected = collector.add(collector.add(collector.init(), { values, classes: 2 }), {
      values: Float64Array.of(...row(other[0]!), ...row(other[1]!)),
      classes: 2,
    });
    expect(collected.pieces.map((piece) => piece.map((of) => [...of]))).toEqual([
      [[0.9, 0.95], []],
      [[0.92], [0.9]],
    ]);
  });

  it('what cannot be is refused', () => {
    expect(() => sampledConfidences({ classes: 2, every: 0 })).toThrow(/distance/);
    expect(() => histogramConfidences({ classes: 2, bits: 0 })).toThrow(/resolution/);
    for (const collector of [
      sampledConfidences({ classes: 2 }),
      histogramConfidences({ classes: 2, bits: 4 }),
    ]) {
      const add = collector.add as (state: unknown, p: Probabilities) => unknown;
      expect(() => add(collector.init(), { values: new Float64Array(3), classes: 3 })).toThrow(
        /number of classes/,
      );
    }
  });
});
