import { imagesFor, type Loaded, type Model } from '@syn2real/app-visda17';
import {
  type DenseSourceDomain,
  type RegularizerBatch,
  type Rng,
  type SourceDomain,
  tf,
  UserError,
} from '@syn2real/core';
import type { DenseLoader } from '@syn2real/datasets';
import { toTensors } from '../data/training-loader.js';
import type { SetupRecipe } from './setup-recipe.js';

/** Where the images can come from. */
export interface ImportanceImages {
  readonly source: { readonly domain: DenseSourceDomain; readonly loader: DenseLoader };
  readonly retention?: Loaded<SourceDomain>;
}

/**
 * Images on which importances are measured, drawn from `rng` without replacement, in batches.
 *
 * The source's are cut as in training and come without labels, which are not the old task's; the retention's with.
 *
 * @throws UserError where the recipe asks for what is not there
 */
export async function* importanceSamples(
  { importanceImages, importanceCount, batchSize, fisher, method }: SetupRecipe,
  oldTask: Model,
  { source, retention }: ImportanceImages,
  rng: Rng,
): AsyncGenerator<RegularizerBatch> {
  const labelled = importanceImages === 'retention';
  if (labelled ? retention === undefined : method === 'ewc' && fisher === 'empirical') {
    throw new UserError({
      what: labelled
        ? '--importance-images retention needs images of the old task'
        : '--fisher empirical needs labels of the old task, which source images do not have',
      got: labelled ? 'no --retention' : '--importance-images source',
      fix: labelled
        ? 'pass --retention, or --importance-images source'
        : 'pass --importance-images retention',
    });
  }
  if (labelled) yield* ofOldTask(retention!, oldTask, importanceCount, batchSize, rng);
  else yield* ofSource(source, importanceCount, batchSize, rng);
}

async function* ofSource(
  { domain, loader }: ImportanceImages['source'],
  count: number,
  batchSize: number,
  rng: Rng,
): AsyncGenerator<RegularizerBatch> {
  const order = rng.permutation(domain.images.length).slice(0, count);
  for await (const batch of loader.batches(order, { batchSize, rng: rng.split('augment') })) {
    const { images, labels } = toTensors(batch, loader.side);
    labels.dispose();
    try {
      yield { images };
    } finally {
      images.dispose();
    }
  }
}

async function* ofOldTask(
  { domain, loader }: Loaded<SourceDomain>,
  model: Model,
  count: number,
  batchSize: number,
  rng: Rng,
): AsyncGenerator<RegularizerBatch> {
  const toImages = imagesFor(model);
  const order = rng.permutation(domain.images.length).slice(0, count);
  for await (const batch of loader.batches(order, { batchSize })) {
    const images = toImages(batch);
    const labels = tf.tensor1d(
      batch.indices.map((i) => domain.labels[i]!),
      'int32',
    );
    try {
      yield { images, labels };
    } finally {
      tf.dispose([images, labels]);
    }
  }
}
