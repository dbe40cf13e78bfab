import { featuresOf } from '@syn2real/app-visda17';
import { type GroupRates, tf } from '@syn2real/core';
import type { ImageBatch } from '@syn2real/datasets';
import { confidentLabels } from '@syn2real/self-training';
import { type StepResult, type TrainState, trainStep } from '@syn2real/trainer';
import type { Recipe } from '../config/train-options.js';
import { randomCrop } from '../data/random-crop.js';
import type { Round } from './round.js';
import type { Session } from './session.js';
import { averaged, reportedParams } from './teacher.js';

/** Share of the area that random crops keep, of source and target images. */
const SOURCE_SCALE = [0.7, 1] as const;
const TARGET_SCALE = [0.85, 1] as const;

/** One step on a batch of an epoch. */
export type Stepper = (
  state: TrainState,
  batch: ImageBatch,
  at: { readonly epoch: number; readonly round: Round; readonly rates: GroupRates },
) => Promise<StepResult>;

/** Steps of a session: images are varied at random, by their epoch and place in the list alone. */
export function createStepper(session: Session, { augment }: Pick<Recipe, 'augment'>): Stepper {
  const { method, parts, source, loader, toImages, rng } = session;
  const first = source.images.length;
  const varied = (batch: ImageBatch, epoch: number): ImageBatch => {
    if (augment === 'none') return batch;
    const bytes = loader.side * loader.side * 3;
    const images = new Uint8Array(batch.images.length);
    const stream = rng.split('augment').split(epoch);
    batch.indices.forEach((index, row) => {
      const scale = index < first ? SOURCE_SCALE : TARGET_SCALE;
      const options = { scale, flip: augment === 'crop-flip' };
      const image = batch.images.subarray(row * bytes, (row + 1) * bytes);
      images.set(randomCrop(image, loader.side, options, stream.split(index)), row * bytes);
    });
    return { ...batch, images };
  };
  return async (state, batch, { epoch, round, rates }) => {
    const images = toImages(varied(batch, epoch));
    const isTarget = tf.tensor1d(Float32Array.from(batch.indices, (index) => (index < first ? 0 : 1)));
    const known = labelRows(session, round, batch.indices);
    const labels = method.kind === 'mean-teacher' ? taught(session, state, batch, known, isTarget) : known;
    try {
      const result = await trainStep(parts, state, {
        batch: { images, labels, isTarget },
        rates,
        inPlace: true,
      });
      return method.kind === 'mean-teacher' ? averaged(result, method.decay) : result;
    } finally {
      tf.dispose([images, isTarget, known, labels]);
    }
  };
}

/** Source labels one-hot, a target image's row of its round. */
function labelRows(
  { source, head: { classes } }: Session,
  { rows }: Round,
  indices: Int32Array,
): tf.Tensor2D {
  const first = source.images.length;
  const values = new Float32Array(indices.length * classes);
  indices.forEach((index, row) => {
    if (index < first) values[row * classes + source.labels[index]!] = 1;
    else values.set(rows.subarray((index - first) * classes, (index - first + 1) * classes), row * classes);
  });
  return tf.tensor2d(values, [indices.length, classes]);
}

/** Source rows as they are known; target rows as the teacher has them of the unvaried images, where it is confident. */
function taught(
  { method, model, head, toImages }: Session,
  state: TrainState,
  batch: ImageBatch,
  known: tf.Tensor2D,
  isTarget: tf.Tensor1D,
): tf.Tensor2D {
  const threshold = method.kind === 'mean-teacher' ? method.threshold : 1;
  const images = toImages(batch);
  const labels = tf.tidy(() => {
    const params = reportedParams(state);
    const feature = featuresOf(model, params, images, [head.feature])[head.feature]!;
    const own = confidentLabels(head.apply(params, feature) as tf.Tensor2D, { threshold });
    const target = isTarget.expandDims(1);
    return known.mul(target.mul(-1).add(1)).add<tf.Tensor2D>(own.mul(target));
  });
  images.dispose();
  return labels;
}
