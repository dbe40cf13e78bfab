import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeLabel } from '../decode/decode-label.js';
import { IMAGENET_MEAN, IMAGENET_STD, normaliseTable } from '../transform/normalise.js';
import { type DenseDraw, transformPair } from './dense-transform.js';
import { resizeLinear, resizeNearest } from './resize-cv.js';

type Size = [height: number, width: number];
interface Golden {
  labels: { file: string; size: Size; offset: number }[];
  resizes: { image: number; label: number; from: Size; to: Size; linear: number; nearest: number }[];
  examples: {
    size: Size;
    crop: number;
    draw: DenseDraw;
    image: number;
    label: number;
    expectedImage: number;
    expectedLabel: number;
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../goldens/dense.json', import.meta.url), 'utf8'));
const data = new Uint8Array(gunzipSync(readFileSync(new URL('../goldens/dense.bin.gz', import.meta.url))));
const bytesAt = (offset: number, length: number) => data.slice(offset, offset + length);

function expectBytes(bytes: Uint8Array, expected: Uint8Array): void {
  expect(bytes).toHaveLength(expected.length);
  expect(bytes.findIndex((byte, i) => byte !== expected[i])).toBe(-1);
}

describe('against Pillow and OpenCV', () => {
  it.each(golden.labels)(
    '$file has the values that Pillow reads, whatever its colours',
    ({ file, size, offset }) => {
      const { values, width, height } = decodeLabel(
        readFileSync(new URL(`../goldens/labels/${file}`, import.meta.url)),
      );
      expect([height, width]).toEqual(size);
      expectBytes(values, bytesAt(offset, width * height));
    },
  );

  it.each(golden.resizes)('resizes $from to $to', ({ image, label, from, to, linear, nearest }) => {
    const [height, width] = from;
    const size = { height: to[0], width: to[1] };
    const whole = { top: 0, left: 0, ...size };
    const pixels = { data: bytesAt(image, height * width * 3), width, height, channels: 3 as const };
    expectBytes(resizeLinear(pixels, size, whole), bytesAt(linear, to[0] * to[1] * 3));
    const labels = { values: bytesAt(label, height * width), width, height };
    expectBytes(resizeNearest(labels, size, whole), bytesAt(nearest, to[0] * to[1]));
  });

  it.each(golden.examples)('makes the example of $size pixels, crop $crop, $draw', (example) => {
    const [height, width] = example.size;
    const { crop, draw } = example;
    const out = { image: new Float32Array(crop * crop * 3).fill(7), label: new Uint8Array(crop * crop) };
    transformPair(
      { data: bytesAt(example.image, height * width * 3), width, height, channels: 3 },
      { values: bytesAt(example.label, height * width), width, height },
      { crop, cropOrigins: 'full' },
      draw,
      normaliseTable(IMAGENET_MEAN, IMAGENET_STD),
      out,
    );
    expectBytes(out.label, bytesAt(example.expectedLabel, crop * crop));
    expectBytes(new Uint8Array(out.image.buffer), bytesAt(example.expectedImage, crop * crop * 12));
  });
});
