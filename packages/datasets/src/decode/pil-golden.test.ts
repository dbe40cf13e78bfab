import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { transformPixels } from '../transform/image-transform.js';
import { IMAGENET_MEAN, IMAGENET_STD, normalise, normaliseTable } from '../transform/normalise.js';
import type { Pixels } from '../transform/pixels.js';
import { decodeImage } from './decode-image.js';

interface Case {
  file: string;
  resize?: number;
  crop?: number;
  width: number;
  height: number;
  offset: number;
}

const goldens = new URL('../goldens/', import.meta.url);
const { cases, normalised } = JSON.parse(readFileSync(new URL('golden.json', goldens), 'utf8')) as {
  cases: Case[];
  normalised: { offset: number; values: number };
};
const bytes = gunzipSync(readFileSync(new URL('golden.bin.gz', goldens)));

const rgbOf = ({ data, width, height, channels }: Pixels): Uint8Array => {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels === 1 ? 0 : c)]!;
  }
  return rgb;
};

const differences = (ours: Uint8Array, pil: Uint8Array) => {
  let most = 0;
  let differ = 0;
  ours.forEach((byte, i) => {
    const off = Math.abs(byte - pil[i]!);
    most = Math.max(most, off);
    if (off > 0) differ += 1;
  });
  return { most, share: differ / ours.length };
};

describe('bytes against Pillow', () => {
  it.each(cases)('$file resize $resize crop $crop', async ({ file, resize, crop, width, height, offset }) => {
    const decoded = await decodeImage(readFileSync(new URL(`images/${file}`, goldens)));
    const ours =
      resize === undefined || crop === undefined
        ? rgbOf(decoded)
        : transformPixels(decoded, { resize, crop });
    const pil = bytes.subarray(offset, offset + width * height * 3);
    expect(ours.length).toBe(pil.length);
    expect(differences(ours, pil)).toEqual({ most: 0, share: 0 });
  });
});

it('normalises bit for bit as torchvision', () => {
  const golden = new Float32Array(bytes.buffer.slice(bytes.byteOffset + normalised.offset)).subarray(0, 768);
  const ramp = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  expect(normaliseTable(IMAGENET_MEAN, IMAGENET_STD)).toEqual(golden);
  expect(normalise(ramp)).toEqual(golden);
});
