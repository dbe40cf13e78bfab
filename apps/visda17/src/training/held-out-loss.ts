import { type Params, UserError } from '@syn2real/core';
import { spread } from '../data/held-out.js';
import { imagesFor, rawScores } from '../model/forward.js';
import { logSumExp } from '../model/log-sum-exp.js';
import type { Setup } from './setup.js';

/** Held-out images that the loss is measured on. */
const SAMPLE = 1000;

/**
 * The mean cross-entropy of the new classifier on held-out source images, in nats.
 *
 * @throws UserError where it is not finite
 */
export async function heldOutLoss(
  { model, source, split }: Setup,
  params: Params,
  batchSize: number,
): Promise<number> {
  const toImages = imagesFor(model);
  let sum = 0;
  let count = 0;
  for await (const batch of source.loader.batches(spread(split.heldOut, SAMPLE), { batchSize })) {
    const images = toImages(batch);
    const logits = rawScores(model, images, { params, fresh: true }).logits!;
    images.dispose();
    const classes = logits.length / batch.count;
    batch.indices.forEach((index, row) => {
      const scores = logits.subarray(row * classes, (row + 1) * classes);
      sum += logSumExp(scores) - scores[source.domain.labels[index]!]!;
    });
    count += batch.count;
  }
  const loss = sum / count;
  if (Number.isFinite(loss)) return loss;
  throw new UserError({
    what: 'the loss on the held-out source images is not finite',
    got: count === 0 ? 'none of them can be read' : String(loss),
    fix: 'lower the learning rate, or look for damaged images; the last checkpoint is still there',
  });
}
