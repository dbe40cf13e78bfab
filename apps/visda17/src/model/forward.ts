import { type Features, type Params, tf } from '@syn2real/core';
import { flipHorizontal, type ImageBatch, normalise, normaliseTable } from '@syn2real/datasets';
import type { Model } from './load.js';

/** A batch's bytes as the backbone expects them, `[count, side, side, 3]`; the caller disposes it. */
export type ToImages = (batch: ImageBatch, mirrored?: boolean) => tf.Tensor4D;

/** Normalises by the backbone's mean and standard deviation. */
export function imagesFor({ backbone }: Model): ToImages {
  const side = backbone.input.crop;
  const table = normaliseTable(backbone.input.mean, backbone.input.std);
  return ({ images, count }, mirrored = false) => {
    const bytes = mirrored ? flipHorizontal(images, { width: side }) : images;
    return tf.tensor4d(normalise(bytes, { table }), [count, side, side, 3]);
  };
}

/** The features of some images in the state `params`; call it inside `tf.tidy`. */
export function featuresOf(
  model: Model,
  params: Params,
  images: tf.Tensor4D,
  want: readonly string[],
): Features {
  return model.backbone.apply(params, model.buffers, images, want);
}

/** Raw scores of a batch, row by row; a head that was not asked for gives none. */
export interface RawScores {
  logits?: Float32Array;
  oldLogits?: Float32Array;
}

/** Which classifiers to ask, and with which parameters. */
export interface ScoreOptions {
  /** Trained parameters in place of the model's. */
  params?: Params;
  old?: boolean;
  fresh?: boolean;
}

/** Raw scores of the new classifier (`fresh`), the old one (`old`), or both, in one pass. */
export function rawScores(
  model: Model,
  images: tf.Tensor4D,
  { params = model.params, old = false, fresh = false }: ScoreOptions,
): RawScores {
  const [logits, oldLogits] = tf.tidy(() => {
    const pool = featuresOf(model, params, images, ['pool']).pool!;
    return [fresh ? model.head!.apply(params, pool) : undefined, old ? model.old.apply(pool) : undefined];
  });
  const take = (scores: tf.Tensor | undefined): Float32Array | undefined => {
    const values = scores?.dataSync() as Float32Array | undefined;
    scores?.dispose();
    return values;
  };
  return { logits: take(logits), oldLogits: take(oldLogits) };
}
