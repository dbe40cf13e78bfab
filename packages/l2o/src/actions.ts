import type { GroupRates } from '@syn2real/core';
import type { JointAction } from './policy/distribution.js';
import { ACTIONS } from './policy/shapes.js';

/** The scale that action k stands for: k/10, k = 0…10. */
export function scaleOf(action: number): number {
  if (!Number.isInteger(action) || action < 0 || action >= ACTIONS) {
    throw new RangeError(`An action is an integer in 0…${ACTIONS - 1}; got ${action}.`);
  }
  return action / (ACTIONS - 1);
}

/** Scales by group of a joint action, one action a group in the groups' order. */
export function scalesOf(actions: JointAction, groups: readonly string[]): GroupRates {
  if (actions.length !== groups.length) {
    throw new RangeError(`${groups.length} groups need as many actions; got ${actions.length}.`);
  }
  return Object.fromEntries(groups.map((group, c) => [group, scaleOf(actions[c]!)]));
}

/** The same scale for every group; 1 leaves the base rates as they are. */
export function uniformScales(groups: readonly string[], scale = 1): GroupRates {
  return Object.fromEntries(groups.map((group) => [group, scale]));
}

/**
 * Learning rates of the groups: η_g = a_g · η.
 *
 * One base rate for all groups in the paper (1e-4 for VisDA-17, 1e-3 for GTA5); a schedule's factor goes into it.
 *
 * @param base base rate of all groups, or of each
 * @throws Error where a group has no base rate
 * @example
 * ```ts
 * const rates = scaledRates(scales, 1e-4 * schedule(step, total));
 * ```
 */
export function scaledRates(scales: GroupRates, base: number | GroupRates): GroupRates {
  return Object.fromEntries(
    Object.entries(scales).map(([group, scale]) => {
      const rate = typeof base === 'number' ? base : base[group];
      if (rate === undefined) throw new Error(`No base rate for the group "${group}".`);
      return [group, scale * rate];
    }),
  );
}
