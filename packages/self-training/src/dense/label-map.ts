import { UserError } from '@syn2real/core';
import { countOf, type Probabilities, predictedClass } from '../probabilities.js';
import { checkLabelOptions, type LabelOptions } from '../pseudo-labels/label-options.js';
import { largestRatio } from '../pseudo-labels/pseudo-labels.js';
import { logPartition } from '../pseudo-labels/soft-label.js';

/** In a label map: no pseudo-label. */
export const NO_LABEL = 255;

/** Pseudo-labels of an image's pixels, ready for two grey PNGs. */
export interface LabelMap {
  /** Class of each pixel, row by row; {@link NO_LABEL} where none is given. */
  readonly labels: Uint8Array;
  /** The largest probability of each pixel, 0…1 as 0…255 or 0…65535, rounded; 0 where the pixel is unusable. */
  readonly confidence: Uint8Array | Uint16Array;
}

/** Options of {@link labelMap}. */
export interface LabelMapOptions extends LabelOptions {
  /** Depth of the confidences. Default 8. */
  readonly bits?: 8 | 16;
}

/**
 * The pseudo-labels of one image, a byte a pixel: `pseudoLabels` without a copy of the probabilities.
 *
 * @param probabilities `[height·width, classes]`, row by row
 * @throws UserError where thresholds or α are wrong, or there are more than 255 classes
 * @example
 * ```ts
 * const { labels, confidence } = labelMap({ values: await softmax.data(), classes: 19 }, { lambda });
 * ```
 * @see the released segmentation code of CRST: label maps with 255 for pixels that are not selected
 */
export function labelMap(probabilities: Probabilities, options: LabelMapOptions): LabelMap {
  const { values, classes } = probabilities;
  const { lambda, alpha = 0, inclusive = true, bits = 8 } = options;
  checkLabelOptions(classes, options);
  const count = countOf(probabilities);
  if (classes > NO_LABEL) {
    throw new UserError({
      what: 'a label map has a byte a pixel',
      got: `${classes} classes`,
      expected: `at most ${NO_LABEL}`,
      fix: 'use pseudoLabels',
    });
  }
  const labels = new Uint8Array(count).fill(NO_LABEL);
  const confidence = bits === 8 ? new Uint8Array(count) : new Uint16Array(count);
  const full = 2 ** bits - 1;
  for (let pixel = 0; pixel < count; pixel++) {
    const predicted = predictedClass(probabilities, pixel);
    if (predicted < 0) continue;
    const from = pixel * classes;
    confidence[pixel] = Math.min(full, Math.round(values[from + predicted]! * full));
    const best = largestRatio(values, from, lambda);
    const score =
      alpha > 0 ? logPartition(values, from, lambda, alpha) : Math.log(values[from + best]! / lambda[best]!);
    if (inclusive ? score >= 0 : score > 0) labels[pixel] = best;
  }
  return { labels, confidence };
}
