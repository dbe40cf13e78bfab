import { type ImageSize, type Params, tf } from '@syn2real/core';
import { addWindow, normalise, normaliseTable, slidingWindows, type WholeImage } from '@syn2real/datasets';
import type { Segmenter } from '../model/load.js';

/** How images are cut: whole, or in windows. */
export interface Cutting {
  /** Side of a square window in pixels; undefined: the whole image at once. */
  readonly window?: number;
  /** Share of a window that the next one covers too. */
  readonly overlap: number;
}

/** An image's bytes and size. */
export type Picture = Pick<WholeImage, 'pixels' | 'size'>;

/**
 * The class of each pixel of an image at its full size, row by row.
 *
 * Whole, the largest score is taken on the backend and only the classes leave it. In windows of side w with the share o
 * of overlap, the next one begins ⌈w·(1 − o)⌉ pixels on, the last ones end at the border, and scores of windows that
 * overlap are added before the largest is taken; an image smaller than a window is padded with zeros, the mean colour.
 *
 * @see the released code's whole-image evaluation; its sliding one, which is never called, adds exp(scores)
 */
export async function predictMap(
  model: Segmenter,
  params: Params,
  image: Picture,
  { window, overlap }: Cutting,
): Promise<Uint8Array> {
  const { mean, std } = model.fcn.backbone.input;
  const floats = normalise(image.pixels, { table: normaliseTable(mean, std) });
  if (window === undefined) return wholeImage(model, params, floats, image.size);
  return inWindows(model, params, floats, image.size, {
    crop: window,
    stride: Math.max(1, Math.ceil(window * (1 - overlap))),
  });
}

async function wholeImage(
  model: Segmenter,
  params: Params,
  pixels: Float32Array,
  size: ImageSize,
): Promise<Uint8Array> {
  // Apart: what reads the scores inside the network's tidy would have the engine keep every activation.
  const whole = tf.tidy(() => scores(model, params, tf.tensor4d(pixels, [1, ...size, 3])));
  const classes = tf.tidy(() => tf.argMax(whole, 3));
  whole.dispose();
  try {
    return Uint8Array.from(await classes.data());
  } finally {
    classes.dispose();
  }
}

/** Scores `[1, H, W, K]`; call it inside `tf.tidy`. */
function scores({ fcn, buffers }: Segmenter, params: Params, images: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = images.shape;
  const features = fcn.backbone.apply(params, buffers, images, fcn.head.features);
  return fcn.head.apply(params, features, [height, width]);
}

async function inWindows(
  model: Segmenter,
  params: Params,
  pixels: Float32Array,
  size: ImageSize,
  cut: { crop: number; stride: number },
): Promise<Uint8Array> {
  const [height, width] = size;
  const { classes } = model.fcn.head;
  const sum = new Float32Array(height * width * classes);
  for (const window of slidingWindows(size, cut)) {
    const part = new Float32Array(cut.crop * cut.crop * 3);
    for (let y = 0; y < window.height; y++) {
      const from = ((window.top + y) * width + window.left) * 3;
      part.set(pixels.subarray(from, from + window.width * 3), y * cut.crop * 3);
    }
    const out = tf.tidy(() =>
      scores(model, params, tf.tensor4d(part, [1, cut.crop, cut.crop, 3])).slice(
        [0, 0, 0, 0],
        [1, window.height, window.width, classes],
      ),
    );
    try {
      addWindow(sum, size, window, Float32Array.from(await out.data()));
    } finally {
      out.dispose();
    }
  }
  return largest(sum, classes);
}

function largest(sums: Float32Array, classes: number): Uint8Array {
  return Uint8Array.from({ length: sums.length / classes }, (_, pixel) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (sums[pixel * classes + c]! > sums[pixel * classes + best]!) best = c;
    }
    return best;
  });
}
