import { argMax, featuresOf } from '@syn2real/app-visda17';
import { type Params, tf } from '@syn2real/core';
import type { Probabilities } from '@syn2real/self-training';
import { breathe } from '@syn2real/trainer';
import type { Session } from './session.js';

/** What a network says of the whole target set, without mirrored images. */
export interface TargetPredictions {
  /** Softmax, a row an image; NaN where the image could not be read. */
  readonly probabilities: Probabilities;
  /** Pooled features, a row an image, NaN likewise; only if asked for. */
  readonly features?: { readonly values: Float32Array; readonly width: number };
  /** Class with the largest score; −1 where the image could not be read. */
  readonly predicted: Int32Array;
}

/** The network and the images that it is asked about. */
export type Asked = Pick<Session, 'model' | 'head' | 'loader' | 'toImages'>;

/** How {@link predictImages} goes. */
export interface PredictImagesOptions {
  readonly batchSize: number;
  readonly features: boolean;
  readonly onProgress?: (note: string) => void;
}

/** Softmax, and features where they are asked for, of all target images. */
export function predictTarget(
  session: Session,
  params: Params,
  options: PredictImagesOptions,
): Promise<TargetPredictions> {
  const { source, target } = session;
  const order = Int32Array.from(target.images, (_, i) => source.images.length + i);
  return predictImages(session, params, order, options);
}

/** The same of the images that `order` names, each once; rows are in its order. */
export async function predictImages(
  { model, head, loader, toImages }: Asked,
  params: Params,
  order: Int32Array,
  { batchSize, features: wantsFeatures, onProgress }: PredictImagesOptions,
): Promise<TargetPredictions> {
  const count = order.length;
  const { classes } = head;
  const width = model.backbone.channels[head.feature]!;
  const values = new Float32Array(count * classes).fill(Number.NaN);
  const features = wantsFeatures ? new Float32Array(count * width).fill(Number.NaN) : undefined;
  const predicted = new Int32Array(count).fill(-1);
  const place = new Map(Array.from(order, (index, at) => [index, at]));
  for await (const batch of loader.batches(order, { batchSize })) {
    const images = toImages(batch);
    const [logits, softmax, feature] = tf.tidy(() => {
      const of = featuresOf(model, params, images, [head.feature])[head.feature]!;
      const scores = head.apply(params, of);
      return [scores, tf.softmax(scores), of] as const;
    });
    const [scores, p] = [logits.dataSync(), softmax.dataSync()];
    const rows = wantsFeatures ? feature.dataSync() : undefined;
    tf.dispose([images, logits, softmax, feature]);
    batch.indices.forEach((index, row) => {
      const at = place.get(index)!;
      values.set(p.subarray(row * classes, (row + 1) * classes), at * classes);
      if (rows !== undefined) features!.set(rows.subarray(row * width, (row + 1) * width), at * width);
      predicted[at] = argMax(scores, row * classes, classes);
    });
    await breathe();
    onProgress?.(`target ${batch.end}/${count}`);
  }
  return {
    probabilities: { values, classes },
    ...(features === undefined ? {} : { features: { values: features, width } }),
    predicted,
  };
}
