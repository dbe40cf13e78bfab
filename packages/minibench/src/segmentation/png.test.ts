import * as fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodePng } from './png.js';

/** An independent decoder's reading: every value as it is stored, where there is no palette. */
async function decode(file: Buffer) {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: info.channels };
}

const sides = { width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) };

describe('encodePng', () => {
  it('holds the very values, grey or colours, at any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...sides, channels: fc.constantFrom(1, 3), seed: fc.nat(999) }),
        async ({ width, height, channels, seed }) => {
          const values = Uint8Array.from(
            { length: width * height * channels },
            (_, i) => (i * i * 31 + seed) & 255,
          );
          const file = encodePng({ width, height, values });
          const read = await decode(
            await sharp(file)
              .toColourspace(channels === 1 ? 'b-w' : 'srgb')
              .toBuffer(),
          );
          expect([read.width, read.height]).toEqual([width, height]);
          expect(file[25]).toBe(channels === 1 ? 0 : 2);
          const step = read.channels / channels;
          expect(read.data.filter((_, i) => channels === 3 || i % step === 0)).toEqual(values);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('shows each palette index in its colour', async () => {
    const palette = [
      [0, 0, 0],
      [200, 10, 30],
      [7, 8, 9],
    ] as const;
    const values = Uint8Array.of(2, 0, 1, 1, 0, 2);
    const file = encodePng({ width: 3, height: 2, values, palette });
    expect(file[25]).toBe(3);
    expect(file[24]).toBe(8);
    const { data } = await decode(file);
    expect([...data]).toEqual([...values].flatMap((index) => [...palette[index]!]));
  });

  it('gives the same bytes for the same image', () => {
    const values = Uint8Array.of(1, 2, 3, 4);
    const image = { width: 2, height: 2, values };
    expect(encodePng(image).equals(encodePng({ ...image, values: values.slice() }))).toBe(true);
  });

  it('refuses values that do not fill the image once or three times', () => {
    for (const length of [0, 5, 8, 13]) {
      const image = { width: 2, height: 2, values: new Uint8Array(length) };
      expect(() => encodePng(image)).toThrow(`${length} values for 2 × 2 pixels`);
    }
  });
});
