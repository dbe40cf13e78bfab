import { UserError } from '@syn2real/core';
import { countOf, type Probabilities, predictedClass } from '../probabilities.js';
import { checkLabelOptions, type LabelOptions } from '../pseudo-labels/label-options.js';
import { logPartition, writeSoftLabel } from '../pseudo-labels/soft-label.js';

/** Soft pseudo-labels of an image's pixels in bytes. */
export interface SoftLabelMap {
  /** The classes that have a share somewhere, in ascending order; none where no pixel has a label. */
  readonly classes: readonly number[];
  /** `[classes, pixels]`: shares in 255ths. A pixel's add up to 255, or are all 0 where it has no label. */
  readonly shares: Uint8Array;
}

/** What a label's shares add up to. */
const WHOLE = 255;

/**
 * The soft labels of one image (LRENT), a byte a class and pixel: those of `pseudoLabels` to within 1/255.
 *
 * ŷ_k = (p_k/λ_k)^(1/α) / Z, taken where Z reaches 1. 255·ŷ is rounded by largest remainders (ties to the lowest class),
 * so that shares add up exactly, none is off by 1/255 or more, and they are ordered as the ŷ are: the class of
 * `labelMap` has the largest.
 *
 * Memory: K bytes a pixel, of one image.
 *
 * @param probabilities `[height·width, classes]`, row by row
 * @throws UserError where thresholds are wrong, or α is not positive (hard labels: `labelMap` alone)
 * @example
 * ```ts
 * const { classes, shares } = softLabelMap({ values, classes: 19 }, { lambda, alpha: 0.25 });
 * const ofFirst = shares.subarray(0, height * width); // of class classes[0]
 * ```
 * @see Zou et al., Confidence Regularized Self-Training, ICCV 2019, equation 8
 */
export function softLabelMap(
  probabilities: Probabilities,
  { lambda, alpha = 0, inclusive = true }: LabelOptions,
): SoftLabelMap {
  const { values, classes } = probabilities;
  checkLabelOptions(classes, { lambda, alpha });
  const pixels = countOf(probabilities);
  if (alpha === 0) {
    throw new UserError({
      what: 'soft labels need an α above 0',
      got: '0',
      fix: 'pass 0.25, or take labelMap alone for hard labels',
    });
  }
  const planes = new Uint8Array(classes * pixels);
  const label = new Float64Array(classes);
  const occurs = new Uint8Array(classes);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (predictedClass(probabilities, pixel) < 0) continue;
    const from = pixel * classes;
    const score = logPartition(values, from, lambda, alpha);
    if (inclusive ? score < 0 : score <= 0) continue;
    writeSoftLabel(values, from, lambda, alpha, label, 0);
    roundToBytes(label);
    for (let k = 0; k < classes; k++) {
      const share = label[k]!;
      if (share === 0) continue;
      planes[k * pixels + pixel] = share;
      occurs[k] = 1;
    }
  }
  const found = Array.from(occurs.keys()).filter((k) => occurs[k] === 1);
  const shares = new Uint8Array(found.length * pixels);
  found.forEach((k, plane) => {
    shares.set(planes.subarray(k * pixels, (k + 1) * pixels), plane * pixels);
  });
  return { classes: found, shares };
}

/** Shares of 1 become whole numbers that add up to {@link WHOLE}: rounded down, then the largest remainders up. */
function roundToBytes(label: Float64Array): void {
  const remainders = new Float64Array(label.length);
  let left = WHOLE;
  for (let k = 0; k < label.length; k++) {
    const exact = label[k]! * WHOLE;
    label[k] = Math.floor(exact);
    remainders[k] = exact - label[k]!;
    left -= label[k]!;
  }
  for (; left > 0; left--) {
    let most = 0;
    for (let k = 1; k < label.length; k++) if (remainders[k]! > remainders[most]!) most = k;
    label[most]! += 1;
    remainders[most] = -1;
  }
}
