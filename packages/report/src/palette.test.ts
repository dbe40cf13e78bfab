import { describe, expect, it } from 'vitest';
import { palette } from './palette.js';

type Triple = readonly [number, number, number];

const linear = (hex: string): Triple => {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
};
const times = (m: readonly Triple[], [a, b, c]: Triple): Triple => {
  const row = (i: number) => m[i]![0] * a + m[i]![1] * b + m[i]![2] * c;
  return [row(0), row(1), row(2)];
};
const clip = ([a, b, c]: Triple): Triple => {
  const one = (x: number) => Math.min(1, Math.max(0, x));
  return [one(a), one(b), one(c)];
};

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const sight: Record<string, readonly Triple[]> = {
  typical: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const oklab = (rgb: Triple): Triple => {
  const [l, m, s] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)],
  );
};

const luminance = (rgb: Triple): number => 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(linear(a)) + 0.05, luminance(linear(b)) + 0.05];
  return Math.max(x, y) / Math.min(x, y);
};

describe('palette', () => {
  for (const [theme, page] of [
    ['light', '#ffffff'],
    ['dark', '#14171c'],
  ] as const) {
    it(`stands out from the ${theme} page`, () => {
      for (const color of palette[theme]) expect(contrast(color, page)).toBeGreaterThanOrEqual(3);
    });

    // Okabe and Ito's palette without its black and yellow reaches 0.076 by this measure.
    for (const [name, matrix] of Object.entries(sight)) {
      it(`keeps its ${theme} colours apart in ${name} sight`, () => {
        const seen = palette[theme].map((hex) => oklab(clip(times(matrix, linear(hex)))));
        for (const [i, a] of seen.entries()) {
          for (const b of seen.slice(i + 1)) {
            expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(0.1);
          }
        }
      });
    }
  }
});
