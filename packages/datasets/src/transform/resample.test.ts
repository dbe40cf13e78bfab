import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizedSize } from './geometry.js';
import { centerCrop, resizeBilinearPil, transformPixels } from './image-transform.js';
import type { Pixels } from './pixels.js';

/** Pillow's rule written plainly: one axis, 22-bit weights, 8-bit results. */
function resampleAxis(line: readonly number[], target: number): number[] {
  const scale = line.length / target;
  const support = Math.max(1, scale);
  return Array.from({ length: target }, (_, o) => {
    const center = (o + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(line.length, Math.trunc(center + support + 0.5));
    const raw = line
      .slice(low, high)
      .map((_, t) => Math.max(0, 1 - Math.abs((t + low - center + 0.5) / support)));
    const sum = raw.reduce((a, b) => a + b, 0);
    const total = raw.reduce(
      (s, w, t) => s + Math.trunc(0.5 + (w / sum) * 2 ** 22) * line[low + t]!,
      2 ** 21,
    );
    return Math.floor(total / 2 ** 22);
  });
}

function plainResize({ data, width, height, channels }: Pixels, w: number, h: number): Uint8Array {
  const out = new Uint8Array(w * h * 3);
  const downFirst = height - h > 0 && height - h > 2 * (width - w);
  for (let c = 0; c < 3; c++) {
    const value = (x: number, y: number) => data[(y * width + x) * channels + (channels === 1 ? 0 : c)]!;
    const range = (n: number) => Array.from({ length: n }, (_, i) => i);
    let columns: number[][];
    if (downFirst) {
      const narrow = range(width).map((x) =>
        resampleAxis(
          range(height).map((y) => value(x, y)),
          h,
        ),
      );
      const rows = range(h).map((y) =>
        resampleAxis(
          narrow.map((column) => column[y]!),
          w,
        ),
      );
      columns = range(w).map((x) => rows.map((row) => row[x]!));
    } else {
      const rows = range(height).map((y) =>
        resampleAxis(
          range(width).map((x) => value(x, y)),
          w,
        ),
      );
      columns = range(w).map((x) =>
        resampleAxis(
          rows.map((row) => row[x]!),
          h,
        ),
      );
    }
    columns.forEach((column, x) => {
      column.forEach((v, y) => {
        out[(y * w + x) * 3 + c] = v;
      });
    });
  }
  return out;
}

const side = fc.integer({ min: 1, max: 40 });
const anyPixels: fc.Arbitrary<Pixels> = fc
  .tuple(side, side, fc.constantFrom(1 as const, 3 as const, 4 as const))
  .chain(([width, height, channels]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data) => ({ data, width, height, channels })),
  );

describe('resizeBilinearPil', () => {
  it('is the plain rule, for any sizes and channels', () => {
    fc.assert(
      fc.property(anyPixels, side, side, (pixels, w, h) => {
        expect(resizeBilinearPil(pixels, w, h)).toEqual(plainResize(pixels, w, h));
      }),
      { numRuns: 150 },
    );
  });

  it('keeps full black and white, and any flat image', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (width, height, w, h, value) => {
        const data = new Uint8Array(width * height * 3).fill(value);
        const out = resizeBilinearPil({ data, width, height, channels: 3 }, w, h);
        expect(out.every((byte) => byte === value)).toBe(true);
      }),
    );
  });

  it('shrinks very long images', () => {
    const data = Uint8Array.from({ length: 50_000 * 3 }, (_, i) => i % 251);
    const tall = { data, width: 1, height: 50_000, channels: 3 } as const;
    const wide = { data, width: 50_000, height: 1, channels: 3 } as const;
    expect(resizeBilinearPil(tall, 1, 7)).toEqual(plainResize(tall, 1, 7));
    expect(resizeBilinearPil(wide, 7, 1)).toEqual(plainResize(wide, 7, 1));
  });

  it('refuses sizes and data that do not fit', () => {
    const pixels = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 } as const;
    expect(() => resizeBilinearPil(pixels, 0, 3)).toThrow(RangeError);
    expect(() => resizeBilinearPil(pixels, 1.5, 3)).toThrow(/width/);
    expect(() => resizeBilinearPil({ ...pixels, height: 3 }, 3, 3)).toThrow(/do not fill/);
  });
});

describe('transformPixels', () => {
  it('is the resize followed by the crop', () => {
    fc.assert(
      fc.property(anyPixels, side, side, (pixels, resize, crop) => {
        const { width, height } = resizedSize(pixels, resize);
        const whole = { data: plainResize(pixels, width, height), width, height, channels: 3 } as const;
        expect(transformPixels(pixels, { resize, crop })).toEqual(centerCrop(whole, crop));
      }),
      { numRuns: 150 },
    );
  });

  it('writes over what the output held, padding too', () => {
    const pixels = { data: new Uint8Array(3).fill(9), width: 1, height: 1, channels: 3 } as const;
    const out = new Uint8Array(27).fill(77);
    const expected = new Uint8Array(27);
    expected.fill(9, 12, 15);
    expect(transformPixels(pixels, { resize: 1, crop: 3 }, out)).toEqual(expected);
    expect(() => transformPixels(pixels, { resize: 1, crop: 3 }, new Uint8Array(26))).toThrow(/27 bytes/);
  });
});
