import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  addToConfusion,
  emptyConfusion,
  meanClassAccuracy,
  meanIou,
  perClassIou,
  perClassRecall,
} from './confusion.js';

describe('confusion metrics', () => {
  const matrix = addToConfusion(emptyConfusion(3), [0, 0, 0, 1, 255, 0], [0, 0, 1, 1, 2, 0]);

  it('counts recall per class, absent classes as 0', () => {
    expect(perClassRecall(matrix)).toEqual([0.75, 1, 0]);
    expect(meanClassAccuracy(matrix)).toBeCloseTo(1.75 / 3, 12);
    expect(accuracy(matrix)).toBe(0.8);
  });

  it('leaves undefined IoUs out of the mean', () => {
    expect(perClassIou(matrix)).toEqual([0.75, 0.5, Number.NaN]);
    expect(meanIou(matrix)).toBe(0.625);
  });

  it('adds up over batches in any cut', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), fc.nat(), (pairs, cut) => {
        const truth = pairs.map(([t]) => t);
        const predicted = pairs.map(([, p]) => p);
        const at = cut % pairs.length;
        const parts = addToConfusion(
          addToConfusion(emptyConfusion(5), truth.slice(0, at), predicted.slice(0, at)),
          truth.slice(at),
          predicted.slice(at),
        );
        expect(parts).toEqual(addToConfusion(emptyConfusion(5), truth, predicted));
      }),
    );
  });

  it('refuses what is outside its classes', () => {
    expect(() => addToConfusion(matrix, [3], [0])).toThrow(/truth 3/);
    expect(() => addToConfusion(matrix, [0], [-1])).toThrow(/predicted -1/);
    expect(() => addToConfusion(matrix, [0, 1], [0])).toThrow(/2 labels but 1/);
    expect(() => emptyConfusion(0)).toThrow(/at least one class/);
  });
});

describe('against cityscapesScripts', () => {
  interface Golden {
    trainIds: [number, number][];
    pairs: { truth: string; prediction: string }[];
    iou: (number | null)[];
    meanIou: number;
  }
  const golden: Golden = JSON.parse(readFileSync(new URL('../goldens/iou.json', import.meta.url), 'utf8'));
  const trainIds = new Map(golden.trainIds);
  const classesOf = (base64: string) => Array.from(Buffer.from(base64, 'base64'), (id) => trainIds.get(id)!);

  it('gives the same IoUs, classes neither present nor counted left out of the mean', () => {
    const matrix = golden.pairs.reduce(
      (sum, { truth, prediction }) => addToConfusion(sum, classesOf(truth), classesOf(prediction)),
      emptyConfusion(19),
    );
    const expected = golden.iou.map((iou) => iou ?? Number.NaN);
    expect(expected.filter(Number.isNaN)).toHaveLength(2);
    expect(perClassIou(matrix)).toEqual(expected);
    expect(meanIou(matrix)).toBeCloseTo(golden.meanIou, 14);
  });
});
