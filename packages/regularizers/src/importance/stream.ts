import {
  disposeParams,
  keepParams,
  mapParams,
  type Params,
  type RegularizerBatch,
  tf,
  UserError,
  zerosLikeParams,
} from '@syn2real/core';
import { gradientsIn } from './gradients.js';

/** How importances are taken from a stream of samples. */
export interface ImportanceOptions {
  /**
   * `'image'`: one backward pass an image, as importances are defined. `'batch'`: one a batch, as many public codes do;
   * cheaper by the batch size, and an approximation. Default `'image'`.
   */
  per?: 'image' | 'batch';
  /** Is told, after each pass, how many images are done. Default: nobody. */
  onProgress?: (images: number) => void;
}

/** What {@link meanOverSamples} averages. */
export interface Averaged extends ImportanceOptions {
  regularizer: string;
  anchor: Params;
  samples: AsyncIterable<RegularizerBatch> | undefined;
  /** The scalar of some images whose gradient counts, summed over them. */
  score(params: Params, batch: RegularizerBatch): tf.Scalar;
  /** Their share in the sum, from that gradient. */
  share(gradient: tf.Tensor): tf.Tensor;
}

/**
 * (1/N) Σ share(∇ score) over a stream of N images, tensor by tensor; 0 where the score does not depend on a tensor.
 *
 * Holds one image (or batch) and one sum a parameter, however long the stream. The batches stay their maker's.
 */
export async function meanOverSamples(averaged: Averaged): Promise<Params> {
  const { regularizer, anchor, per = 'image', onProgress } = averaged;
  let sum = zerosLikeParams(anchor);
  let images = 0;
  try {
    for await (const batch of needSamples(regularizer, averaged.samples)) {
      for await (const part of per === 'image' ? imagesOf(batch) : [batch]) {
        const { next, score } = addShare(averaged, part, sum);
        disposeParams(sum);
        sum = next;
        await checkFinite(regularizer, score, images);
        images += part.images.shape[0];
        onProgress?.(images);
      }
    }
    if (images === 0) throw noSamples(regularizer);
    return tf.tidy(() => keepParams(mapParams(sum, (total) => total.div(images))));
  } finally {
    disposeParams(sum);
  }
}

/** The stream, or an error that says that there has to be one. */
export function needSamples(
  regularizer: string,
  samples: AsyncIterable<RegularizerBatch> | undefined,
): AsyncIterable<RegularizerBatch> {
  if (samples === undefined) throw noSamples(regularizer);
  return samples;
}

export function noSamples(regularizer: string): UserError {
  return new UserError({
    what: `"${regularizer}" measures importances on images, and got none`,
    expected: 'a stream of batches',
    fix: 'call prepare(anchor, samples) with an async iterable of { images, labels? } that is not empty',
  });
}

/** Reads a score, which also makes the backend do what is pending, and disposes it. */
export async function checkFinite(regularizer: string, score: tf.Scalar, images: number): Promise<void> {
  const [value] = await score.data();
  score.dispose();
  if (!Number.isFinite(value)) {
    throw new UserError({
      what: `"${regularizer}" got a value that is not finite after ${images} images`,
      got: String(value),
      expected: 'finite numbers',
      fix: 'look for damaged images and parameters',
    });
  }
}

function addShare({ regularizer, anchor, score, share }: Averaged, part: RegularizerBatch, sum: Params) {
  let made: { next: Params; score: tf.Scalar } | undefined;
  tf.tidy(() => {
    const { value, grads } = gradientsIn(regularizer, anchor, () => score(anchor, part));
    const next = mapParams(sum, (total, name) => {
      const grad = grads[name];
      return grad === undefined ? total.clone() : total.add(share(grad));
    });
    made = { next: keepParams(next), score: tf.keep(value) };
  });
  return made!;
}

/** One image after the other, each in tensors of its own that live until the next is asked for. */
async function* imagesOf({ images, labels }: RegularizerBatch): AsyncGenerator<RegularizerBatch> {
  const count = images.shape[0];
  if (count === 1) {
    yield labels === undefined ? { images } : { images, labels };
    return;
  }
  const pixels = await images.data();
  const kept = await labels?.data();
  for (let at = 0; at < count; at++) {
    const one = row(images, pixels, at) as tf.Tensor4D;
    const label = labels && kept && row(labels, kept, at);
    try {
      yield label === undefined ? { images: one } : { images: one, labels: label };
    } finally {
      tf.dispose(label === undefined ? [one] : [one, label]);
    }
  }
}

function row({ shape, size, dtype }: tf.Tensor, values: tf.TypedArray, at: number): tf.Tensor {
  const stride = size / shape[0]!;
  return tf.tensor(values.slice(at * stride, (at + 1) * stride), [1, ...shape.slice(1)], dtype);
}
