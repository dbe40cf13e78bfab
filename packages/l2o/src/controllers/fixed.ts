import { type Controller, type GroupRates, UserError } from '@syn2real/core';

/** State of {@link fixedController}: the scale of each of the network's groups. Plain JSON. */
export interface FixedState {
  readonly scales: GroupRates;
}

/**
 * Scales set by hand, from the first iteration on: the hand-tuned rates of the paper's fig. 6.
 *
 * @param scales by group, at least 0; more than 1 is allowed
 * @param otherwise scale of the groups not named; by default every group must be
 * @throws UserError where a scale is negative or not finite, a group has none, or a name is no group
 * @example
 * ```ts
 * const controller = fixedController({ classifier: 1 }, 0.1); // small rate for the backbone, large for the head
 * ```
 */
export function fixedController(scales: GroupRates, otherwise?: number): Controller<FixedState> {
  return {
    name: 'fixed',
    init(groups) {
      const unknown = Object.keys(scales).find((group) => !groups.includes(group));
      if (unknown !== undefined) {
        throw new UserError({
          what: 'a fixed scale names a group that the network does not have',
          got: `"${unknown}"`,
          expected: `one of ${groups.join(', ')}`,
        });
      }
      return { scales: Object.fromEntries(groups.map((group) => [group, scaleFor(group)])) };
    },
    first: (_, state) => state.scales,
    decide: (_, state) => ({ scales: state.scales, state }),
  };

  function scaleFor(group: string): number {
    const scale = scales[group] ?? otherwise;
    if (scale !== undefined && Number.isFinite(scale) && scale >= 0) return scale;
    throw new UserError({
      what: `the group "${group}" has no valid scale`,
      got: String(scale),
      expected: 'a finite number, at least 0',
      fix: 'name every group, or give a scale for all others',
    });
  }
}
