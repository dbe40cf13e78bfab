import { disposeParams, type Params, tf } from '@syn2real/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectNoLeak, expectValues, floats } from '../testing/tensors.js';
import { addToAverage, emptyAverage } from './running-average.js';
import { type SwadState, swad } from './swad.js';
import { wiseFt } from './wise-ft.js';

const at = (value: number): Params => ({ w: tf.tensor1d([value, -value]) });

describe('WiSE-FT', () => {
  it('is the line between two networks, its ends exactly', async () => {
    const start = { ...at(0.1), old: tf.scalar(5) };
    const end = { ...at(1.1), head: tf.scalar(7) };
    for (const [alpha, wanted] of [
      [0, 0.1],
      [0.3, 0.4],
      [1, 1.1],
    ] as const) {
      const between = wiseFt(start, end, alpha);
      expect(Object.keys(between)).toEqual(['w', 'old', 'head']);
      const exact = alpha === 0 || alpha === 1;
      await expectValues(between.w!, Float32Array.of(wanted, -wanted), exact ? 0 : 1e-6);
      await expectValues(between.head!, [7], 0);
      disposeParams(between);
    }
    for (const used of [start, end]) disposeParams(used);
  });

  it('refuses other α and shapes', () => {
    tf.tidy(() => {
      for (const alpha of [-0.1, 1.1, Number.NaN])
        expect(() => wiseFt(at(1), at(2), alpha)).toThrow(RangeError);
      expect(() => wiseFt(at(1), { w: tf.scalar(1) }, 0.5)).toThrow('"w" is [2] before and [] after');
    });
  });
});

it('a running average is the mean', async () => {
  let average = emptyAverage;
  for (const value of [1, 2, 6]) {
    const params = at(value);
    const next = addToAverage(average, params);
    for (const used of [average.mean, params]) disposeParams(used);
    average = next;
  }
  expect(average.count).toBe(3);
  await expectValues(average.mean.w!, [3, -3], 1e-6);
  disposeParams(average.mean);
});

/** Trains "weights" that are the iteration's number, two iterations an evaluation. */
function run(
  losses: readonly number[],
  options = {},
): { state: SwadState; averaging: ReturnType<typeof swad> } {
  const averaging = swad({ startPatience: 2, endPatience: 2, tolerance: 0.5, ...options });
  let state = averaging.init();
  losses.forEach((loss, i) => {
    for (const step of [2 * i, 2 * i + 1]) {
      const params = at(step);
      state = averaging.afterStep(params, state);
      disposeParams(params);
    }
    state = averaging.afterEvaluation(loss, state);
  });
  return { state, averaging };
}

/** Algorithm 1 of the paper, on the losses alone: first and last evaluation of the valley. */
function valleyOf(losses: readonly number[], starting: number, ending: number, r: number) {
  let start: number | undefined;
  let limit = 0;
  for (let i = 0; i < losses.length; i++) {
    if (start === undefined) {
      const last = losses.slice(i - starting + 1, i + 1);
      if (i + 1 < starting || last[0]! > Math.min(...last)) continue;
      start = i - starting + 1;
      limit = ((1 + r) * last.reduce((sum, loss) => sum + loss, 0)) / starting;
    } else if (i - start >= ending && Math.min(...losses.slice(i - ending + 1, i + 1)) > limit) {
      return [start, i - ending];
    }
  }
  return start === undefined ? undefined : [start, losses.length - 1];
}

describe('SWAD', () => {
  it.each([
    { name: 'from the best on to the end', losses: [5, 3, 2, 2.5, 2.2], wanted: [4, 9] },
    { name: 'to where it overfits', losses: [5, 2, 2.2, 2.1, 9, 9, 1], wanted: [2, 7] },
    { name: 'over a single bad evaluation', losses: [2, 2, 9, 2], wanted: [0, 7] },
  ])('averages $name', async ({ losses, wanted: [first, last] }) => {
    const { state, averaging } = run(losses);
    const average = averaging.average(state)!;
    const mean = (first! + last!) / 2;
    await expectValues(average.w!, [mean, -mean], 1e-5);
    averaging.dispose(state);
    disposeParams(average);
  });

  it('has no average before the valley', () => {
    const { state, averaging } = run([5, 4, 3, 2]);
    expect(averaging.average(state)).toBeUndefined();
    averaging.dispose(state);
  });

  it("finds the valley of the paper's algorithm, whatever the losses", async () => {
    const loss = fc.integer({ min: 1, max: 8 });
    const property = fc.asyncProperty(
      fc.array(loss, { maxLength: 14 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (losses, startPatience, endPatience) => {
        const { state, averaging } = run(losses, { startPatience, endPatience });
        const average = averaging.average(state);
        const valley = valleyOf(losses, startPatience, endPatience, 0.5);
        expect(average === undefined).toBe(valley === undefined);
        if (average !== undefined && valley !== undefined) {
          const [value] = await floats(average.w!);
          expect(value).toBeCloseTo((2 * valley[0]! + 2 * valley[1]! + 1) / 2, 4);
          disposeParams(average);
        }
        averaging.dispose(state);
      },
    );
    await fc.assert(property, { numRuns: 60, seed: 1 });
  });

  it('leaks no tensor', () =>
    expectNoLeak(() => {
      const { state, averaging } = run([5, 2, 2.2, 2.1, 9, 9, 1]);
      disposeParams(averaging.average(state)!);
      averaging.dispose(state);
    }));

  it('refuses options and losses that make no sense', () => {
    for (const options of [{ startPatience: 0 }, { endPatience: 1.5 }, { tolerance: -1 }]) {
      expect(() => swad(options)).toThrow(RangeError);
    }
    expect(() => swad().afterEvaluation(Number.NaN, swad().init())).toThrow(RangeError);
  });
});
