import { type RegularizerBatch, type Rng, type SourceDomain, tf, UserError } from '@syn2real/core';
import type { SourceSplit } from '../data/held-out.js';
import { imagesFor } from '../model/forward.js';
import type { Model } from '../model/load.js';
import type { Loaded } from './loaded.js';
import type { SetupRecipe } from './setup-recipe.js';

/** Where the images can come from. */
export interface ImportanceImages {
  readonly source: Loaded<SourceDomain>;
  readonly split: SourceSplit;
  readonly retention?: Loaded<SourceDomain>;
}

/**
 * Images on which importances are measured, drawn from `rng` without replacement, in batches.
 *
 * The source's are of the part trained on and come without labels, which are not the old task's; the retention's with.
 *
 * @throws UserError where the recipe asks for what is not there
 */
export async function* importanceSamples(
  { importanceImages, importanceCount, batchSize, fisher, method }: SetupRecipe,
  model: Model,
  { source, split, retention }: ImportanceImages,
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
  const { domain, loader } = labelled ? retention! : source;
  const places = labelled ? Int32Array.from(domain.images.keys()) : split.train;
  const order = rng.permutation(places.length).map((i) => places[i]!);
  const toImages = imagesFor(model);
  for await (const batch of loader.batches(order.slice(0, importanceCount), { batchSize })) {
    const images = toImages(batch);
    const labels = labelled
      ? tf.tensor1d(
          batch.indices.map((i) => domain.labels[i]!),
          'int32',
        )
      : undefined;
    try {
      yield { images, ...(labels === undefined ? {} : { labels }) };
    } finally {
      tf.dispose([images, labels]);
    }
  }
}
