import { type ParameterRegularizer, type Params, tf } from '@syn2real/core';
import { anchorOf, keepAnchor, sumOfSquares } from './anchor.js';
import { checkWeight } from './checks.js';

/** Options of {@link l2Distance}. */
export interface L2DistanceOptions {
  /** β. Default 0.01. ASG does not say which it used: sweep it. */
  weight?: number;
}

/**
 * Squared distance to the start: R(θ) = β Σ_i ‖θ_i − θ*_i‖², ∇R = 2β (θ − θ*).
 *
 * The sum runs over the tensors of the anchor that `prepare` was given, the pretrained backbone's parameters; others,
 * such as the new head's, are left free and have no entry in the gradient. The state holds `anchor/<name>`. Weight
 * decay, where there is any, still pulls towards 0.
 *
 * State, penalty and gradient belong to the caller, or to the enclosing `tf.tidy`.
 *
 * @throws RangeError where the weight is negative
 * @example
 * ```ts
 * const l2 = l2Distance({ weight: 0.01 });
 * const state = await l2.prepare(params);
 * const gradient = tf.tidy(() => l2.gradient(params, state));
 * ```
 * @see "vanilla L2" in Zenke, Poole, Ganguli: Continual learning through synaptic intelligence (ICML 2017), i.e. Ω = 1,
 * and in ASG's Table 2
 */
export function l2Distance({ weight = 0.01 }: L2DistanceOptions = {}): ParameterRegularizer {
  const name = 'l2';
  checkWeight(name, weight);
  return {
    name,
    prepare: keepAnchor,
    penalty: (params, state) =>
      tf.tidy(() => {
        const anchor = anchorOf(name, params, state);
        return sumOfSquares(
          Object.entries(anchor).map(([at, start]) => params[at]!.sub(start)),
        ).mul<tf.Scalar>(weight);
      }),
    gradient: (params, state) =>
      tf.tidy(() => pull(params, anchorOf(name, params, state), 2 * weight) as Record<string, tf.Tensor>),
  };
}

/** Options of {@link l2Sp}. */
export interface L2SpOptions {
  /** α, on tensors that the anchor has. Default 0.01. */
  alpha?: number;
  /** β, on the others, such as the new head's. Default 0.01. */
  beta?: number;
}

/**
 * L2-SP: R(θ) = (α/2) ‖w_S − w_S⁰‖² + (β/2) ‖w_S̄‖², ∇R = α (w_S − w_S⁰) and β w_S̄.
 *
 * S are the tensors of the anchor that `prepare` was given, S̄ the other parameters, those of the new head. It stands in
 * for weight decay: set that to 0. The state holds `anchor/<name>`.
 *
 * State, penalty and gradient belong to the caller, or to the enclosing `tf.tidy`.
 *
 * @throws RangeError where a coefficient is negative
 * @example
 * ```ts
 * const l2sp = l2Sp({ alpha: 0.1, beta: 0.01 });
 * const state = await l2sp.prepare(backboneParams);
 * ```
 * @see Li, Grandvalet, Davoine: Explicit inductive bias for transfer learning (ICML 2018), eq. 2. Public variants differ
 * by the factor ½
 */
export function l2Sp({ alpha = 0.01, beta = 0.01 }: L2SpOptions = {}): ParameterRegularizer {
  const name = 'l2-sp';
  checkWeight(name, alpha);
  checkWeight(name, beta);
  const others = (params: Params, anchor: Params) =>
    Object.entries(params).filter(([at]) => !Object.hasOwn(anchor, at));
  return {
    name,
    prepare: keepAnchor,
    penalty: (params, state) =>
      tf.tidy(() => {
        const anchor = anchorOf(name, params, state);
        const shared = sumOfSquares(Object.entries(anchor).map(([at, start]) => params[at]!.sub(start)));
        const free = sumOfSquares(others(params, anchor).map(([, value]) => value));
        return shared.mul(alpha / 2).add<tf.Scalar>(free.mul(beta / 2));
      }),
    gradient: (params, state) =>
      tf.tidy(() => {
        const anchor = anchorOf(name, params, state);
        const gradient: Record<string, tf.Tensor> = { ...pull(params, anchor, alpha) };
        for (const [at, value] of others(params, anchor)) gradient[at] = value.mul(beta);
        return gradient;
      }),
  };
}

function pull(params: Params, anchor: Params, by: number): Params {
  const gradient: Record<string, tf.Tensor> = {};
  for (const [at, start] of Object.entries(anchor)) gradient[at] = params[at]!.sub(start).mul(by);
  return gradient;
}
