import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { filteredPng } from '../__fixtures__/filtered-png.js';
import { decodeImage } from './decode-image.js';
import { decodePlainPng } from './decode-png.js';
import { readImageHeader } from './header.js';

const image = (name: string) => readFileSync(new URL(`../goldens/images/${name}`, import.meta.url));

describe('damaged files', () => {
  it.each(['render.png', 'palette.png', 'interlaced.png', 'photo.jpg', 'progressive.jpg', 'cmyk.jpg'])(
    '%s cut off anywhere is refused, with a reason',
    async (name) => {
      const whole = image(name);
      for (const share of [0, 0.001, 0.01, 0.2, 0.5, 0.9]) {
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        await expect(decodeImage(cut)).rejects.toThrow(/empty|cut off|neither PNG nor JPEG|does not decode/);
      }
    },
  );

  it('says what a renamed text file begins with', async () => {
    await expect(decodeImage(Buffer.from('<html>404</html>'))).rejects.toThrow(
      /neither PNG nor JPEG.*3c 68 74/,
    );
    await expect(decodeImage(Buffer.alloc(5000))).rejects.toThrow(/neither PNG nor JPEG/);
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(/empty \(0 bytes\)/);
  });

  it('refuses a header that promises too many pixels before anything is allocated', async () => {
    const bomb = Buffer.from(image('rgb.png'));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    await expect(decodeImage(bomb)).rejects.toThrow(/60000×60000 pixels are more than the limit/);
    bomb.writeUInt32BE(9_000, 16);
    bomb.writeUInt32BE(9_000, 20);
    await expect(decodeImage(bomb)).rejects.toThrow(/does not decode/);
    await expect(decodeImage(image('render.png'), { maxPixels: 384 * 216 - 1 })).rejects.toThrow(
      /limit of 82943/,
    );
    await expect(decodeImage(image('render.png'), { maxFileBytes: 1000 })).rejects.toThrow(
      /limit of 1000 bytes/,
    );
  });

  it('refuses images without pixels and PNGs with unknown colours', () => {
    const png = Buffer.from(image('rgb.png'));
    png.writeUInt32BE(0, 16);
    expect(() => readImageHeader(png)).toThrow(/no pixels \(0×31\)/);
    png.writeUInt32BE(45, 16);
    png[25] = 5;
    expect(() => readImageHeader(png)).toThrow(/colour type 5/);
  });

  it('refuses a PNG whose data were changed', async () => {
    const whole = image('rgb.png');
    for (const at of [60, 500, whole.length - 20]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x5a;
      await expect(decodeImage(changed)).rejects.toThrow(/does not decode/);
    }
  });

  it('gives an answer to any bytes, never another kind of failure', async () => {
    const seeds = ['rgb.png', '420.jpg', 'grey16.png', 'cmyk.jpg'].map(image);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 6 }),
        async (seed, changes) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const outcome = await decodeImage(bytes, { maxPixels: 10_000_000 }).then(
            ({ data, width, height, channels }) => data.length === width * height * channels,
            (error: unknown) => error instanceof Error && error.message !== '',
          );
          expect(outcome).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('decodePlainPng', () => {
  it('agrees with the general decoder, whatever the filters and sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1 as const, 3 as const, 4 as const),
        fc.boolean(),
        fc.nat(),
        async (width, height, channels, adaptiveFiltering, seed) => {
          const data = Uint8Array.from(
            { length: width * height * channels },
            (_, i) => (i * i * 7 + seed) >> (i % 5),
          );
          const file = await sharp(data, { raw: { width, height, channels } })
            .toColourspace(channels === 1 ? 'b-w' : 'srgb')
            .png({ adaptiveFiltering })
            .toBuffer();
          const header = readImageHeader(file);
          const decoded = decodePlainPng(file, header);
          expect(header).toMatchObject({ width, height, channels });
          expect(decoded?.data).toEqual(data);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([0, 1, 2, 3, 4])('undoes filter %i on every kind of pixel', async (filter) => {
    for (const channels of [1, 3, 4]) {
      const file = filteredPng(37, 11, channels, filter);
      const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      const general = channels === 1 ? data.filter((_, i) => i % (data.length / (37 * 11)) === 0) : data;
      expect(decodePlainPng(file, readImageHeader(file))?.data).toEqual(new Uint8Array(general));
    }
  });
});
