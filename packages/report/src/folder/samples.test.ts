import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/write-runs.js';
import { svgToPng } from '../svg-to-png.js';
import { imageFacts } from './image-file.js';
import { readSamples, writeSamples } from './samples.js';

const png = new Uint8Array(
  svgToPng('<svg xmlns="http://www.w3.org/2000/svg" width="6" height="4"/>', { scale: 1, padding: 0 }),
);
// Start of image, a comment of six bytes, the start of a progressive frame of 300 × 200.
const jpeg = Uint8Array.from([
  0xff, 0xd8, 0xff, 0xfe, 0, 6, 1, 2, 3, 4, 0xff, 0xc2, 0, 11, 8, 0, 200, 1, 44, 1, 1, 0x11, 0,
]);

describe('imageFacts', () => {
  it('reads sizes of PNG and JPEG', () => {
    expect(imageFacts(png, 'x')).toEqual({ width: 6, height: 4, type: 'image/png' });
    expect(imageFacts(jpeg, 'x')).toEqual({ width: 300, height: 200, type: 'image/jpeg' });
  });

  it('refuses all else with a clear error', () => {
    for (const cut of [png.subarray(0, 20), jpeg.subarray(0, 12), new Uint8Array(0)])
      expect(() => imageFacts(cut, 'the image')).toThrow(/the image cannot be shown/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, begins) => {
        const data = begins ? Uint8Array.from([0xff, 0xd8, ...bytes]) : bytes;
        try {
          expect(imageFacts(data, 'x').width).toBeGreaterThan(0);
        } catch (error) {
          expect(isUserError(error)).toBe(true);
        }
      }),
    );
  });
});

describe('readSamples and writeSamples', () => {
  const samples = [
    { id: 'a', image: png, truth: jpeg, prediction: png },
    { id: 'b', image: jpeg, truthLabel: 'car', predictedLabel: 'bus' },
  ];
  const legend = [{ name: 'road', color: '#804080' }];

  it('read what was written, and replace it whole', () => {
    const dir = join(temporaryFolder(), 'run');
    expect(readSamples(dir)).toBeUndefined();
    writeSamples(dir, { samples, legend });
    expect(readSamples(dir)).toEqual({ samples, legend });
    writeSamples(dir, { samples: [samples[1]!] });
    expect(readSamples(dir)?.samples).toEqual([samples[1]]);
    expect(readdirSync(join(dir, 'samples')).sort()).toEqual(['0-image.jpg', 'samples.json']);
    expect(readdirSync(dir)).toEqual(['samples']);
  });

  it('leave what was there where an image is none', () => {
    const dir = temporaryFolder();
    writeSamples(dir, { samples });
    expect(() => writeSamples(dir, { samples: [{ id: 'x', image: new Uint8Array(9) }] })).toThrow(
      /0-image cannot/,
    );
    expect(readSamples(dir)?.samples).toHaveLength(2);
    expect(readdirSync(dir)).toEqual(['samples']);
  });

  it('name the file that is damaged', () => {
    const dir = temporaryFolder();
    const file = (name: string) => join(dir, 'samples', name);
    writeSamples(dir, { samples });
    const list = readFileSync(file('samples.json'), 'utf8');
    rmSync(file('0-truth.jpg'));
    expect(() => readSamples(dir)).toThrow(/there is no .*0-truth\.jpg/);
    writeFileSync(file('0-truth.jpg'), png.subarray(0, 12));
    expect(() => readSamples(dir)).toThrow(/0-truth\.jpg cannot be shown/);
    writeFileSync(file('samples.json'), list.slice(0, 30));
    expect(() => readSamples(dir)).toThrow(/cannot read .*samples\.json/);
    for (const image of ['../../secret.png', '/etc/passwd', 'a/b.png', '']) {
      writeFileSync(file('samples.json'), JSON.stringify({ samples: [{ id: 'a', image }] }));
      expect(() => readSamples(dir)).toThrow(/samples\.json has wrong values.*samples\[0\]\.image/s);
    }
  });
});
