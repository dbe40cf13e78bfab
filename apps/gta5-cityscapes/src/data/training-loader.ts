import type { InputConfig } from '@syn2real/backbones';
import { type DenseSourceDomain, type Rng, tf } from '@syn2real/core';
import {
  createDenseLoader,
  type DecodePool,
  type DenseBatch,
  type DenseLoader,
  drawnOrder,
  epochOrder,
  normaliseTable,
} from '@syn2real/datasets';
import type { Recipe } from '../config/train-options.js';

/** What of a recipe decides which pixels are trained on. */
export type LoaderRecipe = Pick<
  Recipe,
  'crop' | 'mirror' | 'scaleMin' | 'scaleMax' | 'cropOrigins' | 'skipUnreadable' | 'batchSize' | 'draws'
>;

/** Random squares of the source's images and labels, mirrored and scaled by chance. */
export function trainingLoader(
  source: DenseSourceDomain,
  { crop, mirror, scaleMin, scaleMax, cropOrigins, skipUnreadable }: LoaderRecipe,
  { mean, std }: InputConfig,
  { pool, onSkip }: { pool: DecodePool; onSkip: (skipped: { path: string; reason: string }) => void },
): DenseLoader {
  return createDenseLoader({
    source,
    transform: { crop, mirror, scale: [scaleMin, scaleMax], cropOrigins },
    table: normaliseTable(mean, std),
    workers: pool,
    skipUnreadable,
    onSkip,
  });
}

/** The batches of an epoch from a place of its order on: a function of the stream, the epoch and the place alone. */
export function epochBatches(
  loader: DenseLoader,
  images: number,
  { batchSize, draws }: LoaderRecipe,
  rng: Rng,
  { epoch, start }: { epoch: number; start: number },
): AsyncIterable<DenseBatch> {
  const stream = rng.split('shuffle');
  const order =
    draws === undefined ? epochOrder(images, stream, epoch) : drawnOrder(images, draws, stream, epoch);
  return loader.batches(order, { batchSize, start, rng: rng.split('augment').split(epoch) });
}

/** A batch as tensors, `[B, S, S, 3]` and `[B, S, S]` int32; the caller disposes them. */
export function toTensors(
  { images, labels, count }: DenseBatch,
  side: number,
): { images: tf.Tensor4D; labels: tf.Tensor3D } {
  return {
    images: tf.tensor4d(images, [count, side, side, 3]),
    labels: tf.tensor3d(Int32Array.from(labels), [count, side, side], 'int32'),
  };
}
