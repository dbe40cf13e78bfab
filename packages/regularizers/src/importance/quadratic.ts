import { type Params, tf } from '@syn2real/core';
import { anchorOf } from '../anchor.js';

const PREFIX = 'importance/';

/** The importances as a state holds them: under `importance/<name>`, the same tensors. */
export function importanceEntries(importances: Params): Params {
  return Object.fromEntries(Object.entries(importances).map(([name, value]) => [PREFIX + name, value]));
}

/** The importances in a state, by parameter name. */
export function importancesOf(state: Params): Params {
  const entries = Object.entries(state).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(PREFIX.length), value]));
}

/** c Σ_i Ω_i (θ_i − θ*_i)², over the parameters that have an anchor. */
export function weightedPenalty(regularizer: string, weight: number) {
  return (params: Params, state: Params): tf.Scalar =>
    tf.tidy(() => {
      const terms = anchored(regularizer, params, state).map(({ importance, away }) =>
        importance.mul(away.square()).sum<tf.Scalar>(),
      );
      return tf.addN(terms).mul<tf.Scalar>(weight);
    });
}

/** 2c Ω (θ − θ*), the gradient of {@link weightedPenalty}. */
export function weightedGradient(regularizer: string, weight: number) {
  return (params: Params, state: Params): Params =>
    tf.tidy(() => {
      const gradient: Record<string, tf.Tensor> = {};
      for (const { name, importance, away } of anchored(regularizer, params, state)) {
        gradient[name] = importance.mul(away).mul(2 * weight);
      }
      return gradient;
    });
}

function anchored(regularizer: string, params: Params, state: Params) {
  const importances = importancesOf(state);
  return Object.entries(anchorOf(regularizer, params, state)).map(([name, start]) => {
    const importance = importances[name];
    if (importance === undefined) {
      throw new Error(
        `${regularizer}: the state has an anchor of "${name}" but no importance; is it another regularizer's?`,
      );
    }
    return { name, importance, away: params[name]!.sub(start) };
  });
}
