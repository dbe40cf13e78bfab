import { mapParams, type Params, tf } from '@syn2real/core';

/**
 * WiSE-FT: weights on the line between two networks, θ = (1 − α) θ₀ + α θ₁.
 *
 * θ₀ are the weights before fine-tuning, or the zero-shot ones, θ₁ those after; α 0 and 1 give their values exactly. Try
 * α = 0, 0.1, …, 1 and choose on held-out source data and retention. Costs one pass over the parameters, no training.
 * Parameters that one side alone has, such as a new head, are taken as they are.
 *
 * The result is new tensors, owned by the caller, or by the enclosing `tf.tidy`.
 *
 * @throws RangeError where α is outside 0…1; Error where a shape differs
 * @example
 * ```ts
 * const between = wiseFt(pretrained, fineTuned, 0.5);
 * ```
 * @see Wortsman et al.: Robust fine-tuning of zero-shot models (CVPR 2022), eq. 1, in weight space
 */
export function wiseFt(start: Params, end: Params, alpha: number): Params {
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`wise-ft: α is in 0…1; got ${alpha}.`);
  return mapParams({ ...start, ...end }, (any, name) => {
    const [from, to] = [start[name], end[name]];
    if (from === undefined || to === undefined) return any.clone();
    if (from.shape.join() !== to.shape.join()) {
      throw new Error(`wise-ft: "${name}" is [${from.shape}] before and [${to.shape}] after.`);
    }
    if (alpha === 0) return from.clone();
    if (alpha === 1) return to.clone();
    return tf.tidy(() => from.mul(1 - alpha).add(to.mul(alpha)));
  });
}
