import { shareOfRound } from '@syn2real/self-training';
import { roundsOf } from '../config/methods.js';
import type { Recipe } from '../config/train-options.js';
import type { Session } from './session.js';

/** How many steps a run will take, as far as the portions say: what is selected may be a little more or less. */
export function estimatedSteps(recipe: Recipe, { method, source, split, target }: Session): number {
  const { portion, sourceShare } = roundsOf(recipe, source.classes.length);
  const steps = Array.from({ length: recipe.rounds }, (_, round) => {
    const chosen = method.kind === 'crst' ? shareOfRound(portion!, round) : 1;
    const share = method.kind === 'shot' ? 0 : shareOfRound(sourceShare!, round);
    const images = target.images.length * chosen + split.train.length * share;
    return Math.max(1, Math.floor(images / recipe.batchSize)) * recipe.epochsPerRound;
  });
  return steps.reduce((a, b) => a + b, 0);
}
