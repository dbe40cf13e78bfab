import type { GroupRates } from '@syn2real/core';

/**
 * The rates of one step: η_g = base_g · factor · scale_g.
 *
 * @param base learning rate by group
 * @param factor the schedule's value. Default 1.
 * @param scales the controller's, by group; a group without one has 1. Default: none.
 */
export function groupRates(base: GroupRates, factor = 1, scales: GroupRates = {}): GroupRates {
  return Object.fromEntries(
    Object.entries(base).map(([group, rate]) => [group, rate * factor * (scales[group] ?? 1)]),
  );
}

/**
 * The groups with a base rate above 0. A controller's scale of 0 does not make a group untrained: its momentum goes on.
 */
export function trainedGroups(base: GroupRates): string[] {
  return Object.keys(base).filter((group) => base[group]! > 0);
}
