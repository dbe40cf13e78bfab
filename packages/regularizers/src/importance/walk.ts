import {
  cloneParams,
  disposeParams,
  keepParams,
  mapParams,
  type Params,
  type RegularizerBatch,
  tf,
  zerosLikeParams,
} from '@syn2real/core';
import { gradientsIn } from './gradients.js';
import { checkFinite, needSamples, noSamples } from './stream.js';

/** A walk on a loss from an anchor, one step of gradient descent a batch. */
export interface Walk {
  regularizer: string;
  anchor: Params;
  samples: AsyncIterable<RegularizerBatch> | undefined;
  loss(params: Params, batch: RegularizerBatch): tf.Scalar;
  rate: number;
  xi: number;
  onProgress?: ((images: number) => void) | undefined;
}

/** max(0, ω / ((θ − θ*)² + ξ)) of the path from the anchor through the samples. */
export async function importancesOfWalk(walk: Walk): Promise<Params> {
  const { regularizer, anchor, xi } = walk;
  let [params, path] = [cloneParams(anchor), zerosLikeParams(anchor)];
  let images = 0;
  try {
    for await (const batch of needSamples(regularizer, walk.samples)) {
      const next = step(walk, batch, params, path);
      for (const old of [params, path]) disposeParams(old);
      [params, path] = [next.params, next.path];
      await checkFinite(regularizer, next.loss, images);
      images += batch.images.shape[0];
      walk.onProgress?.(images);
    }
    if (images === 0) throw noSamples(regularizer);
    return tf.tidy(() =>
      keepParams(
        mapParams(path, (integral, name) =>
          integral.div(params[name]!.sub(anchor[name]!).square().add(xi)).relu(),
        ),
      ),
    );
  } finally {
    for (const made of [params, path]) disposeParams(made);
  }
}

/** θ ← θ − η g, ω ← ω − g Δθ. */
function step({ regularizer, loss, rate }: Walk, batch: RegularizerBatch, params: Params, path: Params) {
  let made: { params: Params; path: Params; loss: tf.Scalar } | undefined;
  tf.tidy(() => {
    const { value, grads } = gradientsIn(regularizer, params, () => loss(params, batch));
    const after = mapParams(params, (param, name) => grads[name]?.mul(-rate).add(param) ?? param.clone());
    const integral = mapParams(path, (sum, name) => {
      const grad = grads[name];
      return grad === undefined ? sum.clone() : sum.sub(grad.mul(after[name]!.sub(params[name]!)));
    });
    made = { params: keepParams(after), path: keepParams(integral), loss: tf.keep(value) };
  });
  return made!;
}
