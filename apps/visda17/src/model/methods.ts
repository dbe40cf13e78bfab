import type { FunctionRegularizer, ParameterRegularizer } from '@syn2real/core';
import {
  featureDistillation,
  l2Distance,
  l2Sp,
  learningWithoutForgetting,
  proxyGuidance,
  road,
} from '@syn2real/regularizers';

/** What a method adds to training on the source's labels alone. */
export interface Method {
  /** Groups that are trained; undefined: all. */
  readonly groups?: readonly string[];
  readonly functionRegularizers?: readonly FunctionRegularizer[];
  readonly parameterRegularizers?: readonly ParameterRegularizer[];
}

/** What the methods read of a recipe. */
export interface MethodRecipe {
  /** Weight of the regularizer; undefined: its own default. */
  readonly lambda?: number;
  /** Undefined: the regularizer's own default. */
  readonly temperature?: number;
  readonly guidance: 'kl' | 'cross-entropy';
}

const METHODS = {
  /** Cross-entropy on the source alone: fine-tuning. */
  naive: () => ({}),
  /** Only the new classifier is trained, on the frozen backbone. */
  'head-only': () => ({ groups: ['classifier'] }),
  /** ASG's L_KL through the old classifier. */
  'proxy-guidance': ({ lambda, temperature, guidance }) => ({
    functionRegularizers: [proxyGuidance({ weight: lambda, temperature, form: guidance })],
  }),
  /** Learning without forgetting: the same at temperature 2 and weight 1. */
  lwf: ({ lambda, temperature }) => ({
    functionRegularizers: [learningWithoutForgetting({ weight: lambda, temperature })],
  }),
  /** The pooled features stay close to the frozen network's. */
  'feature-distillation': ({ lambda }) => ({
    functionRegularizers: [featureDistillation({ weight: lambda })],
  }),
  /** ROAD's distillation on layer4's map. */
  road: ({ lambda }) => ({ functionRegularizers: [road({ weight: lambda })] }),
  /** Squared distance of the backbone to its start. */
  l2: ({ lambda }) => ({ parameterRegularizers: [l2Distance({ weight: lambda })] }),
  /** L2-SP: the same with ½, and the new head towards 0; set the weight decay to 0 beside it. */
  'l2-sp': ({ lambda }) => ({ parameterRegularizers: [l2Sp({ alpha: lambda })] }),
} as const satisfies Record<string, (recipe: MethodRecipe) => Method>;

/** The names of the methods, for `--method`. */
export const methodNames = Object.keys(METHODS) as [MethodName, ...MethodName[]];

/** A name for `--method`. */
export type MethodName = keyof typeof METHODS;

/** The method of a recipe. */
export function methodOf(recipe: MethodRecipe & { method: MethodName }): Method {
  return METHODS[recipe.method](recipe);
}
