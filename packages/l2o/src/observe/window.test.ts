import { UserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWindows, type WindowGrowth, windowLength } from './window.js';

const VISDA = 4763;
const lengths = (windows: ReturnType<typeof planWindows>, epoch: number) =>
  windows.filter((window) => window.epoch === epoch && window.decided).map((window) => window.length);

describe('released windows', () => {
  it('are those of VisDA-17: 66 decisions in 30 epochs', () => {
    const windows = planWindows(30, VISDA);
    expect(windows[0]).toEqual({ start: 0, length: 10, epoch: 0, decided: false });
    expect(lengths(windows, 0)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2203]);
    expect(lengths(windows, 1)).toEqual([238, 476, 952, 1904, 1193]);
    const perEpoch = Array.from({ length: 30 }, (_, epoch) => lengths(windows, epoch).length);
    const times = (n: number, value: number) => new Array<number>(n).fill(value);
    expect(perEpoch).toEqual([9, 5, 4, ...times(4, 3), ...times(13, 2), ...times(10, 1)]);
    expect(windows.filter((window) => window.decided)).toHaveLength(66);
  });

  it('are those of GTA5: at least 20, 84 decisions in 50 epochs of 2000', () => {
    const windows = planWindows(50, 2000, { minimum: 20 });
    expect(lengths(windows, 0)).toEqual([20, 40, 80, 160, 320, 640, 720]);
    expect(windows.filter((window) => window.decided)).toHaveLength(84);
  });
});

describe('other windows', () => {
  it('grow by 5 % a decision as intended', () => {
    const options = { growth: 'intended' } as const;
    expect(windowLength(0, VISDA, options)).toBe(10);
    expect(windowLength(400, VISDA, options)).toBe(20);
    expect(windowLength(VISDA, VISDA, options)).toBe(238);
    expect(windowLength(VISDA + 238, VISDA, options)).toBe(250);
    expect(planWindows(30, VISDA, options).length).toBeGreaterThan(100);
  });

  it('are one iteration each in the paper', () => {
    const windows = planWindows(2, 50, { growth: 'constant', minimum: 1 });
    expect(windows).toHaveLength(100);
    expect(windows.every((window) => window.length === 1)).toBe(true);
  });
});

describe('any windows', () => {
  const growth = fc.constantFrom<WindowGrowth>('released', 'intended', 'constant');
  const size = (max: number) => fc.integer({ min: 1, max });

  it('cover training once, in order, without crossing an epoch', () => {
    fc.assert(
      fc.property(
        size(8),
        size(300),
        growth,
        size(40),
        size(60),
        (epochs, perEpoch, rule, minimum, shrink) => {
          const windows = planWindows(epochs, perEpoch, { growth: rule, minimum, shrink });
          let at = 0;
          for (const window of windows) {
            expect(window.start).toBe(at);
            expect(window.length).toBeGreaterThan(0);
            expect(Math.floor((at + window.length - 1) / perEpoch)).toBe(window.epoch);
            const last = (at + window.length) % perEpoch === 0;
            expect(last || window.length >= minimum).toBe(true);
            at += window.length;
          }
          expect(at).toBe(epochs * perEpoch);
          expect(windows.filter((window) => !window.decided)).toHaveLength(1);
        },
      ),
    );
  });

  it('have valid options', () => {
    expect(() => windowLength(0, 10, { minimum: 0 })).toThrow(UserError);
    expect(() => windowLength(0, 10, { minimum: 1.5 })).toThrow(UserError);
    expect(() => windowLength(0, 10, { shrink: 0 })).toThrow(UserError);
    expect(() => windowLength(0, 10, { growth: 'doubling' as WindowGrowth })).toThrow(
      /released, intended, constant/,
    );
  });
});
