import type { Controller, GroupRates } from '@syn2real/core';

/** Everything that a resumed run needs: plain JSON. */
interface PlateauState {
  scales: GroupRates;
  best: number;
  waited: number;
}

/**
 * A controller in a page: when the task loss has not improved for `patience` windows, it halves the rate of every
 * group but the last, the classifier.
 *
 * Pure: state goes in and out. It runs wherever the learned one does, `createControlLoop` included.
 */
export function plateauController(patience = 2, factor = 0.5): Controller<PlateauState> {
  return {
    name: 'plateau',
    init: (groups) => ({
      scales: Object.fromEntries(groups.map((group) => [group, 1])),
      best: Number.MAX_VALUE,
      waited: 0,
    }),
    decide({ taskLoss }, { scales, best, waited }) {
      if (taskLoss < best) return { scales, state: { scales, best: taskLoss, waited: 0 } };
      if (waited + 1 < patience) return { scales, state: { scales, best, waited: waited + 1 } };
      const groups = Object.keys(scales);
      const lowered = Object.fromEntries(
        groups.map((group, g) => [group, g === groups.length - 1 ? scales[group]! : scales[group]! * factor]),
      );
      return { scales: lowered, state: { scales: lowered, best, waited: 0 } };
    },
  };
}
