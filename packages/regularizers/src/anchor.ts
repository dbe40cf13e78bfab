import { type Params, tf } from '@syn2real/core';

const PREFIX = 'anchor/';

/** The state of a regularizer that remembers where training started: copies under `anchor/<name>`. */
export async function keepAnchor(anchor: Params): Promise<Params> {
  return Object.fromEntries(
    Object.entries(anchor).map(([name, value]) => [`${PREFIX}${name}`, value.clone()]),
  );
}

/**
 * The anchor in a state, by parameter name, for the parameters that exist.
 *
 * @throws Error where a shape differs, or where no parameter has an anchor
 */
export function anchorOf(regularizer: string, params: Params, state: Params): Params {
  const anchor: Record<string, tf.Tensor> = {};
  for (const [key, start] of Object.entries(state)) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) continue;
    if (value.shape.join() !== start.shape.join()) {
      throw new Error(`${regularizer}: "${name}" is [${value.shape}], its anchor [${start.shape}].`);
    }
    anchor[name] = start;
  }
  if (Object.keys(anchor).length === 0) {
    throw new Error(`${regularizer}: none of the ${Object.keys(params).length} parameters has an anchor.`);
  }
  return anchor;
}

/** The anchor of a state moved to where the parameters are now: new handles on those that have one. */
export function movedAnchor(params: Params, state: Params): Params {
  const moved: Record<string, tf.Tensor> = {};
  for (const [key, start] of Object.entries(state)) {
    if (!key.startsWith(PREFIX)) continue;
    moved[key] = (params[key.slice(PREFIX.length)] ?? start).clone();
  }
  return moved;
}

/** Σ over all elements of all tensors of their square; 0 for none. */
export function sumOfSquares(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return tf.addN(tensors.map((tensor) => tensor.square().sum<tf.Scalar>()));
}
