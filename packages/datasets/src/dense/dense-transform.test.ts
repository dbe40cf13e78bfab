import { createRng } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IGNORED } from '../labels/label-table.js';
import type { Pixels } from '../transform/pixels.js';
import {
  ASG_DENSE_TRANSFORM,
  checkDenseTransform,
  cropSpan,
  drawDense,
  scaledSize,
  transformPair,
} from './dense-transform.js';
import { resizeLinear, resizeNearest } from './resize-cv.js';

const made = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 37 + seed * (i >> 3)) & 255);
const image = (width: number, height: number, channels: Pixels['channels'] = 3): Pixels => ({
  data: made(width * height * channels, 11),
  width,
  height,
  channels,
});

describe('resizes', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 24 }),
  });

  it('compute a window as that part of the whole, mirrored or not', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.boolean(), fc.integer(), (from, to, mirror, seed) => {
        const top = Math.abs(seed) % to.height;
        const left = Math.abs(seed >> 5) % to.width;
        const window = { top, left, height: to.height - top, width: Math.min(3, to.width - left) };
        const whole = { top: 0, left: 0, ...to };
        const source = image(from.width, from.height);
        const label = { values: made(from.width * from.height, 5), ...from };
        const all = resizeLinear(source, to, whole, mirror);
        const allLabels = resizeNearest(label, to, whole, mirror);
        const part = resizeLinear(source, to, window, mirror);
        const partLabels = resizeNearest(label, to, window, mirror);
        for (let y = 0; y < window.height; y++) {
          for (let x = 0; x < window.width; x++) {
            const at = (top + y) * to.width + left + x;
            const partAt = y * window.width + x;
            expect(partLabels[partAt]).toBe(allLabels[at]);
            expect(part.subarray(partAt * 3, partAt * 3 + 3)).toEqual(all.subarray(at * 3, at * 3 + 3));
          }
        }
      }),
    );
  });

  it('mirror before they resize', () => {
    const source = image(13, 7);
    const data = Uint8Array.from(source.data, (_, i) => {
      const pixel = Math.floor(i / 3);
      const mirrored = pixel - (pixel % 13) + 12 - (pixel % 13);
      return source.data[mirrored * 3 + (i % 3)]!;
    });
    const size = { width: 17, height: 9 };
    const whole = { top: 0, left: 0, ...size };
    expect(resizeLinear(source, size, whole, true)).toEqual(resizeLinear({ ...source, data }, size, whole));
  });

  it('take grey images, and drop alpha', () => {
    const size = { width: 14, height: 5 };
    const whole = { top: 0, left: 0, ...size };
    const grey = image(9, 6, 1);
    const rgb: Pixels = {
      ...grey,
      channels: 3,
      data: grey.data.reduce((all, v, i) => all.fill(v, i * 3, i * 3 + 3), new Uint8Array(162)),
    };
    const rgba: Pixels = {
      ...grey,
      channels: 4,
      data: grey.data.reduce((all, v, i) => all.fill(v, i * 4, i * 4 + 3), new Uint8Array(216).fill(99)),
    };
    expect(resizeLinear(grey, size, whole)).toEqual(resizeLinear(rgb, size, whole));
    expect(resizeLinear(rgba, size, whole)).toEqual(resizeLinear(rgb, size, whole));
  });
});

describe('crops', () => {
  it('begin anywhere a whole crop fits, and nowhere else', () => {
    const at = (place: number) => cropSpan(40, 32, 'full', place).first;
    expect(new Set(Array.from({ length: 900 }, (_, i) => at(i / 900))).size).toBe(9);
    expect([at(0), at(1 - 2 ** -53)]).toEqual([0, 8]);
  });

  it('as released may begin one place too far', () => {
    const last = 1 - 2 ** -53;
    expect(cropSpan(40, 32, 'released', last)).toEqual({ first: 9, length: 31, padBefore: 0 });
    expect(cropSpan(33, 32, 'released', last)).toEqual({ first: 2, length: 31, padBefore: 0 });
    expect(cropSpan(32, 32, 'released', last)).toEqual({ first: 0, length: 32, padBefore: 0 });
  });

  it('of a shorter axis stand in the middle', () => {
    expect(cropSpan(5, 8, 'full', 0.9)).toEqual({ first: 0, length: 5, padBefore: 1 });
    expect(cropSpan(4, 8, 'released', 0.9)).toEqual({ first: 0, length: 4, padBefore: 2 });
  });
});

describe('training examples', () => {
  it('hold nothing of what stood in their memory', () => {
    const table = new Float32Array(768).fill(1);
    const out = { image: new Float32Array(8 * 8 * 3).fill(Number.NaN), label: new Uint8Array(64).fill(9) };
    const label = { values: new Uint8Array(30), width: 5, height: 6 };
    const draw = { mirror: false, scale: 1, top: 0, left: 0 };
    transformPair(image(5, 6), label, { crop: 8, cropOrigins: 'full' }, draw, table, out);
    expect(out.label.filter((c) => c === IGNORED)).toHaveLength(64 - 30);
    expect(out.image.filter((v) => v === 1)).toHaveLength(90);
    expect(out.image.filter((v) => v === 0)).toHaveLength(192 - 90);
    expect(() => transformPair(image(6, 5), label, ASG_DENSE_TRANSFORM, draw, table, out)).toThrow(
      /image is 6×5 pixels, its label 5×6/,
    );
  });

  it('depend on the stream alone', () => {
    const draw = (seed: number) => drawDense(ASG_DENSE_TRANSFORM, createRng(seed).split(3));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const draws = Array.from({ length: 400 }, (_, i) => draw(i));
    expect(draws.every(({ scale }) => scale >= 0.75 && scale < 1.25)).toBe(true);
    const mirrored = draws.filter(({ mirror }) => mirror).length;
    expect(mirrored).toBeGreaterThan(160);
    expect(mirrored).toBeLessThan(240);
  });

  it('are at least a pixel', () => {
    expect(scaledSize({ width: 1914, height: 1052 }, 0.75)).toEqual({ width: 1435, height: 789 });
    expect(scaledSize({ width: 1, height: 2 }, 0.6)).toEqual({ width: 1, height: 1 });
  });

  it.each([
    [{ crop: 0 }, /crop is a number of pixels/],
    [{ mirror: 1.1 }, /mirror is a probability/],
    [{ scale: [1.2, 1] as const }, /scale is two numbers/],
    [{ scale: [0, 1] as const }, /scale is two numbers/],
    [{ scale: [Number.NaN, 1] as const }, /scale is two numbers/],
  ])('refuse %j', (change, message) => {
    expect(() => checkDenseTransform({ ...ASG_DENSE_TRANSFORM, ...change })).toThrow(message);
  });
});
