import { filterParams, type Params } from '../params.js';
import type { Transform } from '../transform.js';

/**
 * Hands each parameter to the transform of its label, as optax's `partition` does.
 *
 * A parameter whose label has no transform is frozen: it passes through untouched and needs no gradient. The
 * state is the union of the parts' states, one name space.
 *
 * @param labelOf label of a parameter
 * @param transforms transform per label
 * @example
 * ```ts
 * const optimizer = partition((name) => (name.startsWith('fc_new') ? 'head' : 'backbone'), {
 *   head: sgd(groupOf),
 *   backbone: fixedSgd(groupOf),
 * });
 * ```
 */
export function partition(
  labelOf: (param: string) => string,
  transforms: Readonly<Record<string, Transform>>,
): Transform {
  const split = (all: Params, label: string): Params => filterParams(all, (name) => labelOf(name) === label);
  return {
    name: `partition(${Object.entries(transforms)
      .map(([label, transform]) => `${label}: ${transform.name}`)
      .join(', ')})`,
    gradientFreeAtZero: Object.values(transforms).every((transform) => transform.gradientFreeAtZero),
    init: (params) =>
      Object.assign(
        {},
        ...Object.entries(transforms).map(([label, transform]) => transform.init(split(params, label))),
      ),
    update(grads, state, params, rates) {
      const updated: Record<string, Params[string]> = { ...params };
      const states: Record<string, Params[string]> = { ...state };
      for (const [label, transform] of Object.entries(transforms)) {
        const part = transform.update(split(grads, label), split(state, label), split(params, label), rates);
        Object.assign(updated, part.params);
        Object.assign(states, part.state);
      }
      return { params: updated, state: states };
    },
  };
}
