import { type Controller, type GroupRates, UserError } from '@syn2real/core';

/** State of {@link scheduleController}. Plain JSON. */
export interface ScheduleState {
  readonly groups: readonly string[];
}

/**
 * Scales as a function of progress alone, in force from the first iteration on.
 *
 * @param scaleAt scale of a group at a progress of 0…1; at least 0
 * @throws UserError where a scale is negative or not finite
 * @example
 * ```ts
 * // Freeze the input side bit by bit.
 * const controller = scheduleController((progress, group) => (group === 'conv1' ? 1 - progress : 1));
 * ```
 */
export function scheduleController(
  scaleAt: (progress: number, group: string) => number,
): Controller<ScheduleState> {
  const scalesAt = (progress: number, groups: readonly string[]): GroupRates =>
    Object.fromEntries(groups.map((group) => [group, checked(scaleAt(progress, group), progress, group)]));
  return {
    name: 'schedule',
    init: (groups) => ({ groups: [...groups] }),
    first: (groups) => scalesAt(0, groups),
    decide: ({ progress }, state) => ({ scales: scalesAt(progress, state.groups), state }),
  };
}

function checked(scale: number, progress: number, group: string): number {
  if (Number.isFinite(scale) && scale >= 0) return scale;
  throw new UserError({
    what: `the schedule gives the group "${group}" an invalid scale at progress ${progress}`,
    got: String(scale),
    expected: 'a finite number, at least 0',
  });
}
