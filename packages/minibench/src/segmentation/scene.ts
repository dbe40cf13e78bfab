import type { Rng } from '@syn2real/core';
import { drawInk, type Ink, type Patch } from './ink.js';
import { BACKGROUND, digitId, OVERLAP, RIM } from './label-table.js';
import { dilate, type Mask, silhouette } from './silhouette.js';

/** Height and width of a scene in pixels. */
export const SCENE_SIZE = [64, 128] as const;
/** A scene has so many digits, where there is room. */
const DIGITS = [6, 10] as const;
const SCALE = [0.8, 1.25] as const;
/** The least distance between the middles of two digits, at scale 1. */
const DISTANCE = 16;
/** How near to the border a digit's middle may lie. */
const BORDER = 7;
const TRIES = 60;
/** Pieces of other drawings that lie about, and their side. */
const FRAGMENTS = 16;
const FRAGMENT_SIDE = 9;

/** What the scenes of a domain are drawn from. */
export interface Drawings {
  /** One drawing of each digit, in order: the scene shows some of them. */
  readonly digits: readonly Ink[];
  /** A drawing of a digit to take a piece of. */
  readonly litter: (rng: Rng) => Patch;
}

/** A scene: grey values and label ids, row by row. */
export interface Scene {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

const [HEIGHT, WIDTH] = SCENE_SIZE;

/**
 * Six to ten different digits, each 0.8 to 1.25 of its size, on a ground littered with pieces of other digits.
 *
 * A piece is a window of 9 × 9 pixels of a drawing, as in the cluttered version of MNIST: strokes of the same ink that
 * make no digit. Where inks meet they add up as light does, v = 1 − (1 − a)(1 − b).
 *
 * @see V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu: Recurrent models of visual attention (NIPS 2014), section 4.1
 */
export function drawScene({ digits, litter }: Drawings, rng: Rng): Scene {
  const pixels = new Uint8Array(HEIGHT * WIDTH);
  for (let n = 0; n < FRAGMENTS; n++) {
    const own = rng.split('litter').split(n);
    blend(pixels, fragment(litter(own.split('drawing')), own.integer(WIDTH), own.integer(HEIGHT), own));
  }
  const order = rng.split('digits').permutation(digits.length);
  const shown = places(rng.split('places')).map(({ x, y, scale }, at): Shown => {
    const digit = order[at]!;
    const patch = drawInk(digits[digit]!, scale, x, y);
    blend(pixels, patch);
    return { digit, patch, mask: silhouette(patch) };
  });
  return { pixels, labels: label(shown) };
}

/** A digit in a scene. */
interface Shown {
  readonly digit: number;
  readonly patch: Patch;
  /** Within the patch. */
  readonly mask: Mask;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

function places(rng: Rng): Place[] {
  const wanted = DIGITS[0] + rng.integer(DIGITS[1] - DIGITS[0] + 1);
  const found: Place[] = [];
  for (let tries = 0; tries < TRIES && found.length < wanted; tries++) {
    const place = {
      x: BORDER + rng.uniform() * (WIDTH - 2 * BORDER),
      y: BORDER + rng.uniform() * (HEIGHT - 2 * BORDER),
      scale: SCALE[0] * (SCALE[1] / SCALE[0]) ** rng.uniform(),
    };
    const free = found.every(
      ({ x, y, scale }) => Math.hypot(x - place.x, y - place.y) >= (DISTANCE * (scale + place.scale)) / 2,
    );
    if (free) found.push(place);
  }
  return found;
}

/** A window of a drawing, around one of its inked pixels, with its middle at (`x`, `y`). */
function fragment({ side, values }: Patch, x: number, y: number, rng: Rng): Patch {
  const inked = Array.from(values.keys()).filter((at) => values[at]! >= 128);
  const middle = inked.length === 0 ? (side * side) >> 1 : inked[rng.integer(inked.length)]!;
  const half = FRAGMENT_SIDE >> 1;
  const [left, top] = [(middle % side) - half, Math.floor(middle / side) - half];
  const piece = Uint8Array.from({ length: FRAGMENT_SIDE ** 2 }, (_, at) => {
    const [u, v] = [left + (at % FRAGMENT_SIDE), top + Math.floor(at / FRAGMENT_SIDE)];
    return u < 0 || v < 0 || u >= side || v >= side ? 0 : values[v * side + u]!;
  });
  return { side: FRAGMENT_SIDE, left: x - half, top: y - half, values: piece };
}

function blend(pixels: Uint8Array, patch: Patch): void {
  eachWithin(patch, (from, to) => {
    pixels[to] = 255 - Math.round(((255 - pixels[to]!) * (255 - patch.values[from]!)) / 255);
  });
}

function label(shown: readonly Shown[]): Uint8Array {
  const labels = new Uint8Array(HEIGHT * WIDTH).fill(BACKGROUND);
  for (const { digit, patch, mask } of shown) {
    eachWithin(patch, (from, to) => {
      if (mask.values[from] === 1) labels[to] = labels[to] === BACKGROUND ? digitId(digit) : OVERLAP;
    });
  }
  for (const { patch, mask } of shown) {
    const rim = dilate(mask, 1);
    eachWithin(patch, (from, to) => {
      if (rim.values[from] === 1 && labels[to] === BACKGROUND) labels[to] = RIM;
    });
  }
  return labels;
}

/** Calls with a place in the patch and in the scene for each pixel of the patch that the scene shows. */
function eachWithin({ side, left, top }: Patch, use: (from: number, to: number) => void): void {
  for (let y = Math.max(0, -top); y < Math.min(side, HEIGHT - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(side, WIDTH - left); x++) {
      use(y * side + x, (top + y) * WIDTH + left + x);
    }
  }
}
