import type { Observer } from '@syn2real/app-visda17';
import { type GroupRates, tf } from '@syn2real/core';
import type { DenseBatch } from '@syn2real/datasets';
import {
  disposeRecords,
  type LabelledBatch,
  type StepParts,
  type StepResult,
  type TrainState,
  teacherRecords,
  trainStep,
} from '@syn2real/trainer';
import { toTensors } from '../data/training-loader.js';
import type { Setup } from './setup.js';

/** One step on a batch of source images at some rates; only `trained` groups, by default all of the setup's. */
export type Stepper = (
  state: TrainState,
  batch: DenseBatch,
  rates: GroupRates,
  trained?: readonly string[],
) => Promise<StepResult>;

/** Steps of a setup. The frozen network sees each cut anew: no two are alike. */
export function createStepper(
  { parts: bare, teacher, source: { loader } }: Setup,
  observer: Observer | undefined,
): Stepper {
  const parts: StepParts<LabelledBatch> = {
    ...bare,
    ...(observer === undefined
      ? {}
      : { observe: observer.tensors, observesGradients: observer.readsGradients }),
  };
  return async (state, batch, rates, trained = parts.trained) => {
    const tensors = toTensors(batch, loader.side);
    const records = teacherRecords(teacher, tensors.images);
    try {
      return await trainStep({ ...parts, trained }, state, {
        batch: tensors,
        rates,
        teacher: records,
        inPlace: true,
      });
    } finally {
      tf.dispose([tensors.images, tensors.labels]);
      disposeRecords(records);
    }
  };
}

/** A batch's unreadable images by path, with the reason; undefined where there are none. */
export function skippedIn(
  { skipped }: DenseBatch,
  { source: { domain } }: Setup,
): Record<string, string> | undefined {
  if (skipped.length === 0) return undefined;
  return Object.fromEntries(skipped.map(({ index, reason }) => [domain.images[index]!.path, reason]));
}
