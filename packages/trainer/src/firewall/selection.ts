import { UserError } from '@syn2real/core';

/** How the reported epoch is chosen: none of these looks at the target. */
export type SelectionRule = 'last' | 'source-held-out';

/** What selection may see of an epoch. */
export interface EpochScore {
  readonly epoch: number;
  /** Score on held-out source images, higher is better. */
  readonly sourceHeldOut?: number;
}

/** The selection rules by name. */
export const SELECTION_RULES: readonly SelectionRule[] = ['last', 'source-held-out'];

/**
 * The epoch that a run reports, chosen without the target's labels: the last, or the first of those with the highest
 * held-out source score.
 *
 * @throws UserError where the rule is unknown or the scores that it needs are missing
 * @example
 * ```ts
 * selectEpoch([{ epoch: 0, sourceHeldOut: 0.91 }, { epoch: 1, sourceHeldOut: 0.9 }], 'source-held-out'); // 0
 * ```
 */
export function selectEpoch(epochs: readonly EpochScore[], rule: SelectionRule): number {
  const last = epochs[epochs.length - 1];
  if (last === undefined) throw new UserError({ what: 'no epoch has ended yet, so none can be selected' });
  switch (rule) {
    case 'last':
      return last.epoch;
    case 'source-held-out': {
      const missing = epochs.find(({ sourceHeldOut }) => !Number.isFinite(sourceHeldOut));
      if (missing !== undefined) {
        throw new UserError({
          what: `selection by held-out source needs a score of every epoch`,
          got: `none for epoch ${missing.epoch}`,
          fix: 'hold source images out, or select by --selection last',
        });
      }
      return best(epochs, ({ sourceHeldOut }) => sourceHeldOut ?? Number.NEGATIVE_INFINITY).epoch;
    }
    default:
      throw new UserError({
        what: 'unknown selection rule',
        got: JSON.stringify(rule),
        expected: `one of ${SELECTION_RULES.join(', ')}`,
      });
  }
}

/** What the target's labels would have chosen; reported in a column of its own, never used. */
export interface OracleBest {
  readonly bestEpoch: number;
  readonly best: number;
}

/**
 * The first epoch with the highest score on the target: an upper bound that says so, not a result.
 *
 * @returns undefined where there is no score
 */
export function oracleBest(
  epochs: readonly { readonly epoch: number; readonly target: number }[],
): OracleBest | undefined {
  const scored = epochs.filter(({ target }) => Number.isFinite(target));
  if (scored.length === 0) return undefined;
  const { epoch, target } = best(scored, (score) => score.target);
  return { bestEpoch: epoch, best: target };
}

function best<T>(items: readonly T[], score: (item: T) => number): T {
  return items.reduce((kept, item) => (score(item) > score(kept) ? item : kept));
}
