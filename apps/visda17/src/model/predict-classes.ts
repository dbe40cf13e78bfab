import { breathe } from '@syn2real/cli';
import type { ImageBatch, Loader } from '@syn2real/datasets';
import { imagesFor, type RawScores, rawScores, type ScoreOptions } from './forward.js';
import type { Model } from './load.js';

/** How images are scored. */
export interface PredictOptions extends Pick<ScoreOptions, 'params'> {
  batchSize: number;
  /** `flip`: ½[σ(f(x)) + σ(f(mirrored x))], element-wise sigmoids; `none`: f(x). */
  tta: 'flip' | 'none';
  /** Ask the old classifier instead of the new one. Default false. */
  old?: boolean;
  /** Is given the old classifier's raw scores of the image at `place` of the order, unmirrored. Default: nobody. */
  onOldScores?: (place: number, scores: Float32Array) => void;
  onBatch?: (images: number) => void;
}

/** The class predicted for each image of `order`; −1 for an image that was left out as unreadable. */
export async function predictClasses(
  model: Model,
  loader: Loader,
  order: Int32Array,
  { params, batchSize, tta, old = false, onOldScores, onBatch }: PredictOptions,
): Promise<Int32Array> {
  const toImages = imagesFor(model);
  const score = (batch: ImageBatch, mirrored: boolean): RawScores => {
    const images = toImages(batch, mirrored);
    const askOld = old || (onOldScores !== undefined && !mirrored);
    const scores = rawScores(model, images, { params, old: askOld, fresh: !old });
    images.dispose();
    return scores;
  };
  const place = new Map<number, number>();
  order.forEach((index, at) => {
    place.set(index, at);
  });
  const predictions = new Int32Array(order.length).fill(-1);
  for await (const batch of loader.batches(order, { batchSize })) {
    const { logits, oldLogits } = score(batch, false);
    const plain = (old ? oldLogits : logits)!;
    const scores = tta === 'flip' ? sigmoidMean(plain, scoresOf(score(batch, true), old)) : plain;
    const classes = scores.length / batch.count;
    const oldClasses = (oldLogits?.length ?? 0) / batch.count;
    batch.indices.forEach((index, row) => {
      const at = place.get(index)!;
      predictions[at] = argMax(scores, row * classes, classes);
      if (oldLogits !== undefined) {
        onOldScores?.(at, oldLogits.subarray(row * oldClasses, (row + 1) * oldClasses));
      }
    });
    await breathe();
    onBatch?.(batch.count);
  }
  return predictions;
}

function scoresOf({ logits, oldLogits }: RawScores, old: boolean): Float32Array {
  return (old ? oldLogits : logits)!;
}

function sigmoidMean(a: Float32Array, b: Float32Array): Float64Array {
  return Float64Array.from(a, (z, i) => 0.5 * (sigmoid(z) + sigmoid(b[i]!)));
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** The place of the largest value; the first of several. */
export function argMax(values: ArrayLike<number>, from = 0, count = values.length): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}
