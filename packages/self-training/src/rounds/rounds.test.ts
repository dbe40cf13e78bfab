import { createRng } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centroidLabels } from '../adapters/centroid-labels.js';
import { labelMap } from '../dense/label-map.js';
import { crstMethod } from '../methods.js';
import type { Probabilities } from '../probabilities.js';
import { histogramConfidences } from '../pseudo-labels/histogram-confidences.js';
import { sampledConfidences } from '../pseudo-labels/sampled-confidences.js';
import { sourceSubset } from '../schedule/source-subset.js';
import { anyPortion, anyProbabilities } from '../testing/probabilities.js';
import { addToTally, emptyTally } from './report.js';
import { type RoundsOptions, type RoundsState, rounds } from './rounds.js';

const three: Probabilities = {
  values: Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.6, 0.4),
  classes: 2,
};
const half = { start: 0.5, step: 0.5, cap: 1 };

describe('the driver of rounds', () => {
  it('chooses labels, reports them, and ends', () => {
    const driver = rounds({ classes: 2, rounds: 2, portion: half });
    const first = driver.next(driver.init(), { probabilities: three });
    expect([...first.labels.hard]).toEqual([0, -1, -1, -1]);
    expect(first.report).toEqual({
      round: 0,
      portion: 0.5,
      sourceShare: 0.065,
      lambda: [0.9, 1],
      samples: 4,
      unusable: 0,
      selected: 0.25,
      selectedByClass: [1 / 3, 0],
      predictedDistribution: [0.75, 0.25],
      labelDistribution: [1, 0],
      agreement: null,
      entropy: expect.closeTo((0.325083 + 0.500402 + 0.610864 + 0.673012) / 4, 5),
      confidence: expect.closeTo(0.75, 12),
    });
    expect(driver.isOver(first.state)).toBe(false);
    const second = driver.next(first.state, { probabilities: three }, first.labels);
    expect([...second.labels.hard]).toEqual([0, 0, 1, 0]);
    expect(second.report).toMatchObject({ round: 1, portion: 1, selected: 1, agreement: 1 });
    expect(driver.isOver(second.state)).toBe(true);
    expect(() => driver.next(second.state, { probabilities: three })).toThrow(/all rounds are done/);
  });

  it('has a state that is plain JSON, and goes on from it', () => {
    const driver = rounds({ classes: 2, rounds: 3, portion: half });
    const first = driver.next(driver.init(), { probabilities: three });
    const again = JSON.parse(JSON.stringify(first.state)) as RoundsState;
    expect(again).toEqual(first.state);
    const go = (state: RoundsState) => driver.next(state, { probabilities: three }, first.labels);
    expect(go(again)).toEqual(go(first.state));
  });

  it('piece by piece gives what it gives at once', () => {
    fc.assert(
      fc.property(anyProbabilities({ damaged: true }), anyPortion, (p, portion) => {
        const driver = rounds({
          classes: p.classes,
          rounds: 1,
          portion: { start: portion, step: 0, cap: 1 },
        });
        const whole = driver.next(driver.init(), { probabilities: p });
        const collector = sampledConfidences({ classes: p.classes });
        const pieces = Array.from({ length: p.values.length / p.classes }, (_, i) => ({
          classes: p.classes,
          values: p.values.slice(i * p.classes, (i + 1) * p.classes),
        }));
        const begun = driver.begin(driver.init(), collector, pieces.reduce(collector.add, collector.init()));
        const labels = pieces.map((probabilities) => driver.label(begun, { probabilities }).hard);
        expect(labels.flatMap((of) => [...of])).toEqual([...whole.labels.hard]);
        const tally = pieces.reduce(
          (sum, probabilities, i) => addToTally(sum, { probabilities, labels: labels[i]! }),
          emptyTally(p.classes),
        );
        const { reports } = driver.report(begun, tally);
        expect(reports[0]).toEqual({
          ...whole.report,
          entropy: whole.report.entropy && expect.closeTo(whole.report.entropy, 9),
          confidence: whole.report.confidence && expect.closeTo(whole.report.confidence, 9),
        });
      }),
    );
  });

  it('label maps of pixels are reported with 255 for none', () => {
    const driver = rounds({ classes: 2, rounds: 1, portion: half });
    const collector = histogramConfidences({ classes: 2, bits: 12 });
    const begun = driver.begin(driver.init(), collector, collector.add(collector.init(), three));
    const { labels } = labelMap(three, { lambda: begun.plan!.lambda });
    const { reports } = driver.report(begun, addToTally(emptyTally(2), { probabilities: three, labels }));
    expect(reports[0]).toMatchObject({ selected: 0.25, labelDistribution: [1, 0] });
  });

  it('has other choices of labels: fixed thresholds, exact portions, soft ones, centroids', () => {
    const labels = (options: Partial<RoundsOptions>) => {
      const driver = rounds({ classes: 2, rounds: 1, portion: half, ...options });
      const features = { values: Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1), width: 2 };
      return driver.next(driver.init(), { probabilities: three, features });
    };
    const fixed = labels({ fixed: 0.7 });
    expect([...fixed.labels.hard]).toEqual([0, 0, 1, -1]);
    expect(fixed.report).toMatchObject({ portion: null, lambda: [0.7, 0.7] });
    expect([...labels({ rule: 'drst', portion: { start: 0.67, step: 0, cap: 1 } }).labels.hard]).toEqual([
      0, 0, -1, -1,
    ]);
    expect(labels({ rule: 'drst', alpha: 0.25 }).labels.soft).toHaveLength(8);
    expect([...labels({ rule: 'udacu' }).labels.hard]).toEqual([0, -1, -1, -1]);
    expect([...labels({ labeller: (input) => centroidLabels(input) }).labels.hard]).toEqual([0, 0, 1, 1]);
  });

  it.each([
    [{ classes: 1 }, /done in this way/],
    [{ rounds: 0 }, /done in this way/],
    [{ fixed: 0 }, /done in this way/],
    [{ portion: { start: -1, step: 0, cap: 1 } }, /portion/],
  ])('refuses %o', (wrong, message) => {
    expect(() => rounds({ classes: 2, rounds: 1, ...wrong })).toThrow(message);
  });

  it('refuses labels before a round was begun, and labels of other samples', () => {
    const driver = rounds({ classes: 2, rounds: 1 });
    expect(() => driver.label(driver.init(), { probabilities: three })).toThrow(/no round was begun/);
    expect(() => addToTally(emptyTally(2), { probabilities: three, labels: [0] })).toThrow(/same samples/);
  });
});

describe('whatever the probabilities, a round', () => {
  const anyRule = fc.constantFrom('crst' as const, 'udacu' as const, 'drst' as const);
  const anyAlpha = fc.constantFrom(0, 0.25);
  const all = [anyProbabilities({ damaged: true }), anyPortion, anyRule, anyAlpha] as const;

  it('gives no label to what is no number, and reports finite shares', () => {
    fc.assert(
      fc.property(...all, (p, portion, rule, alpha) => {
        const share = { start: portion, step: 0, cap: 1 };
        const driver = rounds({ classes: p.classes, rounds: 1, portion: share, rule, alpha });
        const { labels, report } = driver.next(driver.init(), { probabilities: p });
        labels.hard.forEach((label, i) => {
          const row = p.values.slice(i * p.classes, (i + 1) * p.classes);
          if (row.some(Number.isNaN)) expect(label).toBe(-1);
          expect(label).toBeGreaterThanOrEqual(-1);
          expect(label).toBeLessThan(p.classes);
          const soft = labels.soft?.slice(i * p.classes, (i + 1) * p.classes);
          const sum = soft?.reduce((a, b) => a + b, 0) ?? (label < 0 ? 0 : 1);
          expect(sum).toBeCloseTo(label < 0 ? 0 : 1, 5);
        });
        const shares = [
          report.selected,
          ...report.predictedDistribution,
          ...report.labelDistribution,
          ...report.selectedByClass.map((of) => of ?? 0),
        ];
        for (const of of shares) {
          expect(of).toBeGreaterThanOrEqual(0);
          expect(of).toBeLessThanOrEqual(1);
        }
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      }),
    );
  });

  it('of portion 1 labels every usable sample by crst, and portion 0 those that are certain at most', () => {
    fc.assert(
      fc.property(anyProbabilities(), (p) => {
        const labels = (start: number) => {
          const driver = rounds({ classes: p.classes, rounds: 1, portion: { start, step: 0, cap: 1 } });
          return driver.next(driver.init(), { probabilities: p }).labels.hard;
        };
        expect(labels(1).every((label) => label >= 0)).toBe(true);
        labels(0).forEach((label, i) => {
          if (label >= 0) expect(p.values[i * p.classes + label]).toBe(1);
        });
      }),
    );
  });
});

describe('the source subset', () => {
  it('is drawn without replacement, by seed and round alone, and grows', () => {
    const rng = createRng(0);
    const [first, again, second] = [0, 0, 1].map((round) => [...sourceSubset(1000, 0.065, rng, round)]);
    expect(first).toHaveLength(65);
    expect(new Set(first).size).toBe(65);
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
    expect([...sourceSubset(3, 1, rng, 0)]).toEqual([0, 1, 2]);
    expect(sourceSubset(10, 0.001, rng, 0)).toHaveLength(1);
    expect(sourceSubset(0, 0.5, rng, 0)).toHaveLength(0);
  });
});

describe('methods by name', () => {
  it('combine', () => {
    expect(crstMethod('cbst')).toEqual({ alpha: 0, regularisers: [] });
    expect(crstMethod('mrkld+lrent')).toEqual({
      alpha: 0.25,
      regularisers: [{ name: 'mrkld', weight: 0.1, applied: 'once' }],
    });
    expect(crstMethod('mrent+mrl2', { mrl2: 1, applied: 'twice' }).regularisers).toEqual([
      { name: 'mrl2', weight: 1, applied: 'twice' },
      { name: 'mrent', weight: 0.1, applied: 'twice' },
    ]);
  });

  it.each(['', 'mrkl', 'mrkld+', 'lrent+lrent', 'cbst+lrent'])('%o is refused', (name) => {
    expect(() => crstMethod(name)).toThrow(/unknown method/);
  });
});
