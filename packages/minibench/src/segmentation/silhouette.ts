import type { Patch } from './ink.js';

/** Ink from here on belongs to the drawing; below, it is its soft edge. */
const INK = 96;
/** Gaps of up to twice this many pixels close. */
const REACH = 2;

/** A square of truth values. */
export interface Mask {
  readonly side: number;
  /** 1 within, 0 without. */
  readonly values: Uint8Array;
}

/**
 * What an annotator's polygon around a drawing holds: its ink, with narrow gaps closed and holes filled.
 *
 * Closing is by a disc of radius 2; a hole is ground that is not connected to the border.
 */
export function silhouette({ side, values }: Pick<Patch, 'side' | 'values'>): Mask {
  const margin = REACH + 1;
  const wide = side + 2 * margin;
  const ink = new Uint8Array(wide * wide);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      ink[(y + margin) * wide + x + margin] = values[y * side + x]! >= INK ? 1 : 0;
    }
  }
  const grown = dilate({ side: wide, values: ink }, REACH);
  const closed = inverse(dilate(inverse(grown), REACH));
  const filled = fillHoles(closed);
  const result = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const from = (y + margin) * wide + margin;
    result.set(filled.values.subarray(from, from + side), y * side);
  }
  return { side, values: result };
}

/** Every pixel within `radius` of the mask. */
export function dilate({ side, values }: Mask, radius: number): Mask {
  const result = new Uint8Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (values[y * side + x] === 0) continue;
      for (let v = Math.max(0, y - radius); v <= Math.min(side - 1, y + radius); v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(side - 1, x + radius); u++) {
          if ((u - x) ** 2 + (v - y) ** 2 <= radius ** 2) result[v * side + u] = 1;
        }
      }
    }
  }
  return { side, values: result };
}

const inverse = ({ side, values }: Mask): Mask => ({ side, values: values.map((value) => 1 - value) });

function fillHoles({ side, values }: Mask): Mask {
  const outside = new Uint8Array(values.length);
  const queue: number[] = [];
  const visit = (x: number, y: number): void => {
    const at = y * side + x;
    if (x < 0 || y < 0 || x >= side || y >= side || values[at] === 1 || outside[at] === 1) return;
    outside[at] = 1;
    queue.push(at);
  };
  for (let at = 0; at < side; at++) {
    for (const [x, y] of [
      [at, 0],
      [at, side - 1],
      [0, at],
      [side - 1, at],
    ] as const) {
      visit(x, y);
    }
  }
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const [x, y] = [at % side, Math.floor(at / side)];
    visit(x - 1, y);
    visit(x + 1, y);
    visit(x, y - 1);
    visit(x, y + 1);
  }
  return inverse({ side, values: outside });
}
