import type { averagingOptions } from '../config/averaging-options.js';
import type { controlOptions } from '../config/control-options.js';
import type { Recipe } from '../config/train-options.js';

/** What of a recipe decides what is trained, and how. */
export type SetupRecipe = Omit<
  Recipe,
  | keyof typeof controlOptions
  | keyof typeof averagingOptions
  | 'epochs'
  | 'tta'
  | 'selection'
  | 'headEpochs'
  | 'wiseFt'
>;
