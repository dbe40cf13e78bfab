import type { ImageSize } from '@syn2real/core';
import type { Window } from './resize-cv.js';

/** How windows slide over an image. */
export interface SlidingOptions {
  /** Side of the square windows, in pixels. */
  crop: number;
  /** Pixels from a window to the next. Default ⌈crop·5/6⌉. */
  stride?: number;
}

/**
 * Windows that cover an image, overlapping; the last of a row or column ends at the border. Along an axis shorter
 * than the crop there is one window of the axis' length.
 *
 * @param size `[height, width]`
 * @returns row by row
 * @throws RangeError where the crop or stride is no positive integer, or the stride is above the crop
 * @example
 * ```ts
 * slidingWindows([1024, 2048], { crop: 1024 }).map(({ left }) => left); // [0, 854, 1024]
 * ```
 */
export function slidingWindows(
  [height, width]: ImageSize,
  { crop, stride = Math.ceil((crop * 5) / 6) }: SlidingOptions,
): Window[] {
  if (!Number.isInteger(crop) || crop < 1 || !Number.isInteger(stride) || stride < 1 || stride > crop) {
    throw new RangeError(
      `A window's crop and stride are integers, 1 ≤ stride ≤ crop; got ${crop}, ${stride}.`,
    );
  }
  const tops = startsOf(height, crop, stride);
  const lefts = startsOf(width, crop, stride);
  return tops.flatMap((top) =>
    lefts.map((left) => ({ top, left, height: Math.min(crop, height), width: Math.min(crop, width) })),
  );
}

function startsOf(size: number, crop: number, stride: number): number[] {
  const count = Math.ceil(Math.max(0, size - crop) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * stride, size - crop)));
}

/**
 * Adds a window's scores to the image's.
 *
 * @param sums `[height, width, classes]`, changed
 * @param size of the image, `[height, width]`
 * @param scores `[window.height, window.width, classes]`
 * @throws RangeError where the lengths do not fit, or the window leaves the image
 * @example
 * ```ts
 * for (const window of windows) addWindow(sums, size, window, scoresOf(window));
 * divideByVisits(sums, size, windows);
 * ```
 */
export function addWindow(
  sums: Float32Array,
  [height, width]: ImageSize,
  window: Window,
  scores: Float32Array,
): void {
  const classes = sums.length / (height * width);
  if (
    window.top + window.height > height ||
    window.left + window.width > width ||
    scores.length !== window.height * window.width * classes
  ) {
    throw new RangeError(
      `${scores.length} scores of a window of ${window.height}×${window.width} do not fit ${sums.length} of ${height}×${width}.`,
    );
  }
  const row = window.width * classes;
  for (let y = 0; y < window.height; y++) {
    const to = ((window.top + y) * width + window.left) * classes;
    const from = y * row;
    for (let i = 0; i < row; i++) sums[to + i]! += scores[from + i]!;
  }
}

/** How many windows cover each pixel, `[height, width]`. */
export function visitCounts([height, width]: ImageSize, windows: readonly Window[]): Float32Array {
  const counts = new Float32Array(height * width);
  for (const window of windows) {
    const ones = new Float32Array(window.height * window.width).fill(1);
    addWindow(counts, [height, width], window, ones);
  }
  return counts;
}

/** The sums of windows' scores as means, in place: each pixel's divided by how many windows cover it. */
export function divideByVisits(sums: Float32Array, size: ImageSize, windows: readonly Window[]): void {
  const counts = visitCounts(size, windows);
  const classes = sums.length / counts.length;
  for (let pixel = 0; pixel < counts.length; pixel++) {
    for (let c = 0; c < classes; c++) sums[pixel * classes + c]! /= counts[pixel]!;
  }
}
