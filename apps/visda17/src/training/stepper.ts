import { type GroupRates, tf } from '@syn2real/core';
import type { ImageBatch } from '@syn2real/datasets';
import {
  createTeacherCache,
  disposeRecords,
  type StepParts,
  type StepResult,
  type TeacherRecords,
  type TrainState,
  teacherRecords,
  trainStep,
} from '@syn2real/trainer';
import type { RunSettings } from '../config/train-options.js';
import { imagesFor } from '../model/forward.js';
import type { Observer } from './observe.js';
import type { Setup } from './setup.js';

/** One step on a batch of source images at some rates; only `trained` groups, by default all of the setup's. */
export type Stepper = (
  state: TrainState,
  batch: ImageBatch,
  rates: GroupRates,
  trained?: readonly string[],
) => Promise<StepResult>;

/** Steps of a setup; what the teacher says of an image is computed once. */
export function createStepper(
  setup: Setup,
  { teacherCacheMb }: Pick<RunSettings, 'teacherCacheMb'>,
  observer: Observer | undefined,
): Stepper {
  const parts: StepParts<{ images: tf.Tensor4D; labels: tf.Tensor }> = {
    ...setup.parts,
    ...(observer === undefined
      ? {}
      : { observe: observer.tensors, observesGradients: observer.readsGradients }),
  };
  const toImages = imagesFor(setup.model);
  const teacher = teacherFor(setup, teacherCacheMb);
  const { labels: labelOf } = setup.source.domain;
  return async (state, batch, rates, trained = parts.trained) => {
    const images = toImages(batch);
    const labels = tf.tensor1d(
      batch.indices.map((i) => labelOf[i]!),
      'int32',
    );
    const records = await teacher(batch.indices, images);
    try {
      return await trainStep({ ...parts, trained }, state, {
        batch: { images, labels },
        rates,
        teacher: records,
        inPlace: true,
      });
    } finally {
      tf.dispose([images, labels]);
      disposeRecords(records);
    }
  };
}

/** The teacher's records of a batch: computed once an image, then read back. */
function teacherFor({ teacher, source }: Setup, cacheMb: number) {
  const cache = createTeacherCache({
    images: source.domain.images.length,
    maxBytes: cacheMb * 2 ** 20,
  });
  return async (indices: Int32Array, images: tf.Tensor4D): Promise<TeacherRecords> => {
    if (teacher.regularizers.length === 0) return {};
    const kept = cache.get(indices);
    if (kept !== undefined) return kept;
    const records = teacherRecords(teacher, images);
    await cache.put(indices, records);
    return records;
  };
}

/** A batch's unreadable images by path, with the reason; undefined where there are none. */
export function skippedIn({ skipped }: ImageBatch, { source }: Setup): Record<string, string> | undefined {
  if (skipped.length === 0) return undefined;
  return Object.fromEntries(skipped.map(({ index, reason }) => [source.domain.images[index]!.path, reason]));
}
