import { type GroupRates, UserError } from '@syn2real/core';
import { trainedGroups } from '@syn2real/trainer';

/** What of a recipe decides which groups are trained, and how fast. */
export interface RateRecipe {
  readonly lr: number;
  readonly backboneFactor: number;
  readonly trainBlocks: string;
}

/**
 * The base rate of each group: `lr` for the classifier, `backboneFactor` of it for the others, 0 where it is not trained.
 *
 * @throws UserError where `trainBlocks` names a group that is not there, or nothing is trained
 */
export function baseRates(
  { lr, backboneFactor, trainBlocks }: RateRecipe,
  groups: readonly string[],
  methodGroups: readonly string[] = groups,
): GroupRates {
  const wanted = trainBlocks === 'all' ? groups : trainBlocks.split(',').map((group) => group.trim());
  const unknown = wanted.filter((group) => !groups.includes(group));
  if (unknown.length > 0) {
    throw new UserError({
      what: `--train-blocks names ${unknown.length === 1 ? 'a group' : 'groups'} that this network does not have`,
      got: unknown.join(', '),
      expected: `all, or some of ${groups.join(', ')}`,
    });
  }
  const rate = (group: string): number => {
    if (!wanted.includes(group) || !methodGroups.includes(group)) return 0;
    return group === 'classifier' ? lr : lr * backboneFactor;
  };
  const rates = Object.fromEntries(groups.map((group) => [group, rate(group)]));
  if (trainedGroups(rates).length > 0) return rates;
  throw new UserError({
    what: 'no group of the network is trained',
    got: `--train-blocks ${trainBlocks} with --backbone-factor ${backboneFactor}`,
    fix: 'train at least the classifier',
  });
}
