import type { ImageBatch, Loader } from '@syn2real/datasets';
import { imagesFor, rawScores, type ScoreOptions } from './forward.js';
import type { Model } from './load.js';

/** How images are scored. */
export interface PredictOptions extends Pick<ScoreOptions, 'params'> {
  batchSize: number;
  /** `flip`: ½[σ(f(x)) + σ(f(mirrored x))], element-wise sigmoids; `none`: f(x). */
  tta: 'flip' | 'none';
  /** Ask the old classifier instead of the new one. Default false. */
  old?: boolean;
  onBatch?: (images: number) => void;
}

/** The class predicted for each image of `order`; −1 for an image that was left out as unreadable. */
export async function predictClasses(
  model: Model,
  loader: Loader,
  order: Int32Array,
  { params, batchSize, tta, old = false, onBatch }: PredictOptions,
): Promise<Int32Array> {
  const toImages = imagesFor(model);
  const score = (batch: ImageBatch, mirrored: boolean): Float32Array => {
    const images = toImages(batch, mirrored);
    const scores = rawScores(model, images, { params, old, fresh: !old });
    images.dispose();
    return (old ? scores.oldLogits : scores.logits)!;
  };
  const place = new Map<number, number>();
  order.forEach((index, at) => {
    place.set(index, at);
  });
  const predictions = new Int32Array(order.length).fill(-1);
  for await (const batch of loader.batches(order, { batchSize })) {
    const plain = score(batch, false);
    const scores = tta === 'flip' ? sigmoidMean(plain, score(batch, true)) : plain;
    const classes = scores.length / batch.count;
    batch.indices.forEach((index, row) => {
      predictions[place.get(index)!] = argMax(scores, row * classes, classes);
    });
    onBatch?.(batch.count);
  }
  return predictions;
}

function sigmoidMean(a: Float32Array, b: Float32Array): Float64Array {
  return Float64Array.from(a, (z, i) => 0.5 * (sigmoid(z) + sigmoid(b[i]!)));
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** The place of the largest value; the first of several. */
function argMax(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}
