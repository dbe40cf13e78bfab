import type { Segmenter } from '@syn2real/app-gta5-cityscapes';
import { type Params, resizeBilinear, tf } from '@syn2real/core';
import { normalise, normaliseTable, type WholeImage } from '@syn2real/datasets';
import type { Probabilities } from '@syn2real/self-training';

/** How an image is predicted for labels. */
export interface PixelOptions {
  readonly predictScale: number;
  readonly predictFlip: 'flip' | 'none';
}

/**
 * Softmax of each pixel at the image's full size, row by row: the image is scaled, its scores are brought back to full size
 * (corners aligned), and the mirrored image's softmax is averaged in.
 *
 * @see the released segmentation code of CRST: scale 0.9, mirrored
 */
export async function pixelProbabilities(
  model: Segmenter,
  params: Params,
  { pixels, size }: Pick<WholeImage, 'pixels' | 'size'>,
  { predictScale, predictFlip }: PixelOptions,
): Promise<Probabilities> {
  const { head, backbone } = model.fcn;
  const table = normaliseTable(backbone.input.mean, backbone.input.std);
  const [height, width] = size;
  const scaled = [
    Math.max(1, Math.floor(height * predictScale)),
    Math.max(1, Math.floor(width * predictScale)),
  ] as const;
  const softmax = tf.tidy(() => {
    const whole = tf.tensor4d(normalise(pixels, { table }), [1, height, width, 3]);
    const images = predictScale === 1 ? whole : resizeBilinear(whole, [...scaled], { alignCorners: true });
    const of = (x: tf.Tensor4D): tf.Tensor4D => {
      const features = backbone.apply(params, model.buffers, x, head.features);
      const scores = head.apply(params, features, [...scaled]);
      return tf.softmax(resizeBilinear(scores, [height, width], { alignCorners: true }), 3);
    };
    if (predictFlip === 'none') return of(images);
    return of(images)
      .add<tf.Tensor4D>(of(images.reverse(2)).reverse(2))
      .div<tf.Tensor4D>(2);
  });
  try {
    return { values: Float32Array.from(await softmax.data()), classes: head.classes };
  } finally {
    softmax.dispose();
  }
}
