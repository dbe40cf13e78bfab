import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { filteredPng } from '../__fixtures__/filtered-png.js';
import { decodeLabel } from './decode-label.js';

const file = (name: string) => readFileSync(new URL(`../goldens/${name}`, import.meta.url));

describe('label images', () => {
  it.each([
    ['images/rgb.png', /holds RGB colours; a label image holds one value a pixel/],
    ['images/rgba.png', /holds RGB colours/],
    ['images/rgb16.png', /has 16 bits a channel/],
    ['images/grey16.png', /has 16 bits a channel; a label image has 8-bit values/],
    ['images/grey-alpha.png', /alpha channel/],
    ['images/four-bit.png', /grey of 4 bits/],
    ['images/444.jpg', /is a JPEG, which changes values/],
  ])('are not %s', (name, message) => {
    expect(() => decodeLabel(file(name))).toThrow(message);
  });

  it('are not interlaced', async () => {
    const grey = { raw: { width: 9, height: 8, channels: 1 as const } };
    const interlaced = await sharp(new Uint8Array(72), grey)
      .toColourspace('b-w')
      .png({ progressive: true })
      .toBuffer();
    expect(() => decodeLabel(interlaced)).toThrow(/interlaced/);
  });

  it('are refused where they are cut off anywhere', () => {
    for (const name of ['labels/palette.png', 'labels/grey.png', 'labels/one-bit.png']) {
      const whole = file(name);
      expect(() => decodeLabel(new Uint8Array(0))).toThrow(/empty/);
      for (let length = 1; length < whole.length; length++) {
        expect(() => decodeLabel(whole.subarray(0, length))).toThrow(/cut off|neither PNG nor JPEG/);
      }
    }
  });

  it('are refused where a byte of what counts was changed', () => {
    const whole = file('labels/palette.png');
    const start = whole.indexOf('IDAT');
    for (let at = start + 4; at < whole.length - 12; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x5a;
      expect(() => decodeLabel(changed)).toThrow(/a checksum in it is wrong/);
    }
    expect(() => decodeLabel(filteredPng(5, 4, 1, 7))).toThrow(/row 0 has an unknown filter/);
  });

  it('are refused where they promise more than they hold, or more than the limits', () => {
    const bomb = Buffer.from(file('labels/palette.png'));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(() => decodeLabel(bomb)).toThrow(/60000×60000 pixels are more than the limit/);
    expect(() => decodeLabel(file('labels/palette.png'), { maxPixels: 100 })).toThrow(/limit of 100/);
    expect(() => decodeLabel(file('labels/palette.png'), { maxFileBytes: 100 })).toThrow(
      /limit of 100 bytes/,
    );
  });

  it('give an answer to any bytes', () => {
    const seeds = ['palette', 'grey', 'two-bits'].map((name) => file(`labels/${name}.png`));
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { maxLength: 4 }),
        (seed, changes) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            const { values, width, height } = decodeLabel(bytes);
            expect(values).toHaveLength(width * height);
          } catch (error) {
            expect(String(error)).toMatch(/^Error: (it|the file|its) /);
          }
        },
      ),
    );
  });
});
