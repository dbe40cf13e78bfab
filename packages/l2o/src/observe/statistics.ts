import type { Observation } from '@syn2real/core';

/** What one iteration of training reports. */
export interface IterationStatistics {
  /** What was minimised: task loss plus weighted regularizers, as they were before the update. The reward's loss. */
  readonly loss: number;
  /** Task loss before the update. */
  readonly taskLoss: number;
  /** Function-regularizer loss before the update, without its weight; 0 where there is none. */
  readonly regularizerLoss: number;
  /** Mean of the new classifier's weights after the update. */
  readonly classifierMean: number;
  /** Unbiased standard deviation of the new classifier's weights after the update. */
  readonly classifierStd: number;
  /** Norms of each group's gradient and weights, for controllers that look at them. */
  readonly norms?: Observation['norms'];
}

/** Means over a window: an `Observation` without the scales, and the mean of what was minimised. */
export interface WindowStatistics extends Omit<Observation, 'scales'> {
  /** Mean of what was minimised. */
  readonly loss: number;
  /** Iterations averaged over. */
  readonly iterations: number;
}

/** A window under way: sums so far. Plain JSON. */
export interface WindowAccumulator {
  readonly iterations: number;
  readonly sums: Readonly<
    Record<'loss' | 'taskLoss' | 'regularizerLoss' | 'progress' | 'classifierMean' | 'classifierStd', number>
  >;
  readonly norms?: Readonly<Record<string, { readonly grad: number; readonly weight: number }>>;
}

const AVERAGED = [
  'loss',
  'taskLoss',
  'regularizerLoss',
  'progress',
  'classifierMean',
  'classifierStd',
] as const;

/**
 * Means over a window as a fold over its iterations.
 *
 * @example
 * ```ts
 * let window = windowStatistics.init();
 * window = windowStatistics.update(window, iteration, step / total); // once an iteration
 * const means = windowStatistics.finish(window);
 * ```
 */
export const windowStatistics: {
  /** An empty window. */
  init(): WindowAccumulator;
  /** The window with one more iteration; `progress` is the share of all iterations done before it, 0…1. */
  update(window: WindowAccumulator, iteration: IterationStatistics, progress: number): WindowAccumulator;
  /** The means. @throws Error where the window is empty */
  finish(window: WindowAccumulator): WindowStatistics;
} = {
  init: () => ({ iterations: 0, sums: means(() => 0) }),
  update: (window, iteration, progress) => {
    const values = { ...iteration, progress };
    return {
      iterations: window.iterations + 1,
      sums: means((name) => window.sums[name] + values[name]),
      ...withNorms(addNorms(window, iteration.norms)),
    };
  },
  finish: ({ iterations, sums, norms }) => {
    if (iterations === 0) throw new Error('A window without an iteration has no means.');
    return {
      iterations,
      ...means((name) => sums[name] / iterations),
      ...withNorms(norms && mapNorms(norms, (sum) => sum / iterations)),
    };
  },
};

function means(value: (name: keyof WindowAccumulator['sums']) => number): WindowAccumulator['sums'] {
  return Object.fromEntries(AVERAGED.map((name) => [name, value(name)])) as Record<
    keyof WindowAccumulator['sums'],
    number
  >;
}

type Norms = NonNullable<Observation['norms']>;

/** Norms are averaged where every iteration of the window has them; else the window has none. */
function addNorms(window: WindowAccumulator, norms: Norms | undefined): Norms | undefined {
  if (norms === undefined) return undefined;
  if (window.iterations === 0) return norms;
  const before = window.norms;
  return before && mapNorms(norms, (value, group, kind) => value + (before[group]?.[kind] ?? 0));
}

function mapNorms(norms: Norms, f: (value: number, group: string, kind: 'grad' | 'weight') => number): Norms {
  return Object.fromEntries(
    Object.entries(norms).map(([group, { grad, weight }]) => [
      group,
      { grad: f(grad, group, 'grad'), weight: f(weight, group, 'weight') },
    ]),
  );
}

function withNorms(norms: Norms | undefined): { norms?: Norms } {
  return norms === undefined ? {} : { norms };
}
