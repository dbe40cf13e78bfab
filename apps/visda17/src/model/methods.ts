import type { FunctionRegularizer } from '@syn2real/core';
import { proxyGuidance } from '@syn2real/regularizers';

/** What a method adds to training on the source's labels alone. */
export interface Method {
  /** Groups that are trained; undefined: all. */
  readonly groups?: readonly string[];
  readonly regularizers: readonly FunctionRegularizer[];
}

/** What the methods read of a recipe. */
export interface MethodRecipe {
  readonly lambda: number;
  readonly temperature: number;
  readonly guidance: 'kl' | 'cross-entropy';
}

const METHODS = {
  /** Cross-entropy on the source alone: fine-tuning. */
  naive: () => ({ regularizers: [] }),
  /** Only the new classifier is trained, on the frozen backbone. */
  'head-only': () => ({ groups: ['classifier'], regularizers: [] }),
  /** ASG's L_KL through the old classifier. */
  'proxy-guidance': ({ lambda, temperature, guidance }: MethodRecipe) => ({
    regularizers: [proxyGuidance({ weight: lambda, temperature, form: guidance })],
  }),
} as const satisfies Record<string, (recipe: MethodRecipe) => Method>;

/** The names of the methods, for `--method`. */
export const methodNames = Object.keys(METHODS) as [MethodName, ...MethodName[]];

/** A name for `--method`. */
export type MethodName = keyof typeof METHODS;

/** The method of a recipe. */
export function methodOf(recipe: MethodRecipe & { method: MethodName }): Method {
  return METHODS[recipe.method](recipe);
}
