import type { GroupRates } from '@syn2real/core';
import type { IterationStatistics } from '../observe/statistics.js';

/**
 * A network in two numbers, whose best scales are known: `learns` descends ½(1 − a)² and should move as fast as it
 * may (scale 1); `forgets` starts at its optimum and drifts off by its rate, so it should not move (scale 0).
 */
export interface Toy {
  readonly a: number;
  readonly b: number;
}

export const toyGroups = ['learns', 'forgets'] as const;

/** A toy at the start of an episode. */
export const freshToy: Toy = { a: 0, b: 0 };

/** One iteration. */
export function toyStep({ a, b }: Toy, scales: GroupRates): { toy: Toy; statistics: IterationStatistics } {
  const taskLoss = (1 - a) ** 2 / 2 + b ** 2 / 2;
  const toy = { a: a + 0.1 * scales.learns! * (1 - a), b: b + 0.1 * scales.forgets! };
  return {
    toy,
    statistics: {
      loss: taskLoss,
      taskLoss,
      regularizerLoss: 0,
      classifierMean: a / 10,
      classifierStd: Math.abs(b) / 10,
    },
  };
}
