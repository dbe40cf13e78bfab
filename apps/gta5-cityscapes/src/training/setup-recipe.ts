import type { controlOptions } from '@syn2real/app-visda17';
import type { Recipe } from '../config/train-options.js';

/** What of a recipe decides what is trained, and how. */
export type SetupRecipe = Omit<
  Recipe,
  keyof typeof controlOptions | 'epochs' | 'selection' | 'headEpochs' | 'wiseFt' | 'window' | 'overlap'
>;
