import type { Rng } from '@syn2real/core';
import type { MinibenchFont } from '../fonts.js';
import { IMAGE_SIZE, rasterDigits, SUBPIXELS } from '../glyphs.js';
import { handwrittenDigits } from '../target.js';
import { drawInk, type Ink, type Patch } from './ink.js';
import type { Drawings } from './scene.js';

/** The most target scenes there can be: each takes one drawing of every digit, and keeps it to itself. */
export const TARGET_SCENES = 850;

/** What a scene of a domain, given by its number, is drawn from; see `drawScene`. */
export type DrawingsOf = (scene: number, rng: Rng) => Drawings;

/** Printed digits, each in a font of its own choice. */
export async function printedDrawings(fonts: readonly MinibenchFont[]): Promise<DrawingsOf> {
  const inks: Ink[][] = [];
  for (const font of fonts) {
    const glyphs = await rasterDigits(font);
    inks.push(glyphs.map((values) => ({ side: IMAGE_SIZE * SUBPIXELS, values, resolution: SUBPIXELS })));
  }
  const litter = atScale1(inks.flat());
  return (_, rng) => ({
    digits: Array.from({ length: 10 }, (_, digit) => {
      return inks[rng.split('font').split(digit).integer(inks.length)]![digit]!;
    }),
    litter: (own) => litter[own.integer(litter.length)]!,
  });
}

/** Real handwritten digits: no drawing stands in two scenes; litter comes from drawings that stand in none. */
export async function handwrittenDrawings(rng: Rng): Promise<DrawingsOf> {
  const byDigit: Ink[][] = Array.from({ length: 10 }, () => []);
  for (const { label, pixels } of await handwrittenDigits(
    10 * (TARGET_SCENES + SPARE),
    rng.split('choice'),
  )) {
    byDigit[label]!.push({ side: IMAGE_SIZE, values: pixels(), resolution: 1 });
  }
  const shuffled = byDigit.map((inks, digit) =>
    Array.from(rng.split('order').split(digit).permutation(inks.length), (at) => inks[at]!),
  );
  const litter = atScale1(shuffled.flatMap((inks) => inks.slice(TARGET_SCENES)));
  return (scene) => ({
    digits: shuffled.map((inks) => inks[scene]!),
    litter: (own) => litter[own.integer(litter.length)]!,
  });
}

/** Drawings of each digit that only litter. The rarest digit has 863. */
const SPARE = 13;

const atScale1 = (inks: readonly Ink[]): Patch[] => inks.map((ink) => drawInk(ink, 1, 0, 0));
