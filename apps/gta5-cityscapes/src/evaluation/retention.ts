import {
  argMax,
  compareWith,
  confusionOf,
  type FrozenScores,
  type Loaded,
  type Model,
  predictClasses,
} from '@syn2real/app-visda17';
import { accuracy, type Params, type SourceDomain } from '@syn2real/core';
import { listOrder } from '@syn2real/datasets';
import type { Measured } from '../training/records.js';

/** How the old task is measured. */
export interface RetentionOptions {
  readonly batchSize: number;
  readonly onBatch?: (images: number) => void;
}

/** The frozen network's scores on the images of the old task. */
export async function frozenScores(
  model: Model,
  { domain, loader }: Loaded<SourceDomain>,
  { batchSize, onBatch }: RetentionOptions,
): Promise<FrozenScores> {
  const scores = new Map<number, Float32Array>();
  await predictClasses(model, loader, listOrder(domain.images.length), {
    batchSize,
    tta: 'none',
    old: true,
    onOldScores: (place, row) => {
      scores.set(place, row.slice());
    },
    onBatch,
  });
  return scores;
}

/** What parameters keep of the old task: the old classifier's answers, compared with the truth and the frozen network's. */
export async function retained(
  model: Model,
  params: Params,
  { domain, loader }: Loaded<SourceDomain>,
  frozen: FrozenScores,
  { batchSize, onBatch }: RetentionOptions,
): Promise<NonNullable<Measured['retention']>> {
  const compared = compareWith(frozen);
  const answers = await predictClasses(model, loader, listOrder(domain.images.length), {
    params,
    batchSize,
    tta: 'none',
    old: true,
    onOldScores: compared.add,
    onBatch,
  });
  return {
    accuracy: accuracy(confusionOf(domain.classes.length, domain.labels, answers)),
    ...compared.result(),
  };
}

/** The old task of the frozen network itself. */
export function retainedByFrozen(
  { labels, classes }: SourceDomain,
  frozen: FrozenScores,
): NonNullable<Measured['retention']> {
  const answers = labels.map((_, place) => {
    const scores = frozen.get(place);
    return scores === undefined ? -1 : argMax(scores);
  });
  return {
    accuracy: accuracy(confusionOf(classes.length, labels, answers)),
    agreement: 1,
    kl: 0,
    images: frozen.size,
  };
}
