import { mapParams, type Params, type RegularizedStep, tf } from '@syn2real/core';
import { anchorOf } from '../anchor.js';
import { entry } from '../checks.js';
import { importancesOf } from './quadratic.js';

const PREFIX = 'path/';

/** ω as a state holds it: under `path/<name>`, the same tensors. */
export function pathEntries(paths: Params): Params {
  return Object.fromEntries(Object.entries(paths).map(([name, value]) => [PREFIX + name, value]));
}

/** The ω in a state, by parameter name. */
export function pathsOf(state: Params): Params {
  const entries = Object.entries(state).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(PREFIX.length), value]));
}

/** ω − g Δθ; of a parameter that got no gradient or did not move, the tensor itself. */
export function integrated({ taskGrads, before, after }: RegularizedStep, state: Params): Params {
  return mapParams(pathsOf(state), (path, name) => {
    const [grad, from, to] = [taskGrads[name], before[name], after[name]];
    if (grad === undefined || from === undefined || to === undefined || from === to) return path;
    return tf.tidy(() => path.sub(grad.mul(to.sub(from))));
  });
}

/** max(0, Ω + ω / ((θ − θ̃)² + ξ)); of a parameter that is not there, Ω as it was. New tensors. */
export function importancesFromPath(regularizer: string, xi: number, params: Params, state: Params): Params {
  const [anchor, paths] = [anchorOf(regularizer, params, state), pathsOf(state)];
  return mapParams(importancesOf(state), (importance, name) => {
    const start = anchor[name];
    if (start === undefined) return importance.clone();
    const path = entry(regularizer, 'path integral of', paths, name);
    return tf.tidy(() => importance.add(path.div(params[name]!.sub(start).square().add(xi))).relu());
  });
}
