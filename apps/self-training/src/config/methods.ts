import { type CrstMethod, crstMethod, type RoundsOptions } from '@syn2real/self-training';
import type { Asked } from './train-options.js';

/** What a method trains on and by. */
export type Method =
  | ({ readonly kind: 'crst' } & CrstMethod)
  | { readonly kind: 'shot'; readonly beta: number }
  | { readonly kind: 'mean-teacher'; readonly decay: number; readonly threshold: number };

/** What of a recipe makes its method. */
export type MethodRecipe = Pick<
  Asked,
  'method' | 'shotBeta' | 'emaDecay' | 'emaThreshold' | 'lrent' | 'mrkld' | 'mrl2' | 'mrent' | 'weightApplied'
>;

/** The method of a recipe; `none` trains nothing. */
export function methodOf(recipe: MethodRecipe): Method {
  switch (recipe.method) {
    case 'none':
      return { kind: 'crst', alpha: 0, regularisers: [] };
    case 'shot':
      return { kind: 'shot', beta: recipe.shotBeta };
    case 'mean-teacher':
      return { kind: 'mean-teacher', decay: recipe.emaDecay, threshold: recipe.emaThreshold };
    default:
      return { kind: 'crst', ...crstMethod(recipe.method, { ...recipe, applied: recipe.weightApplied }) };
  }
}

/** What of a recipe plans its rounds. */
export type RoundsRecipe = Pick<
  Asked,
  | 'rounds'
  | 'rule'
  | 'balance'
  | 'portion'
  | 'portionStep'
  | 'portionCap'
  | 'sourceShare'
  | 'sourceShareStep'
  | 'sourceShareCap'
>;

/** The rounds of a recipe, without the choice of labels. */
export function roundsOf(recipe: RoundsRecipe, classes: number): RoundsOptions {
  const { rounds, rule, balance } = recipe;
  return {
    classes,
    rounds,
    rule,
    balance,
    portion: { start: recipe.portion, step: recipe.portionStep, cap: recipe.portionCap },
    sourceShare: { start: recipe.sourceShare, step: recipe.sourceShareStep, cap: recipe.sourceShareCap },
  };
}
