import type { OptionValues } from '@syn2real/cli';
import {
  crossEntropy,
  type FeatureName,
  type FunctionRegularizer,
  type ParameterRegularizer,
  type Params,
  type tf,
} from '@syn2real/core';
import {
  denseProxyGuidance,
  ewc,
  featureDistillation,
  type Grid,
  l2Distance,
  l2Sp,
  learningWithoutForgetting,
  mas,
  type PoolPatch,
  road,
  type SiTrajectory,
  si,
} from '@syn2real/regularizers';
import type { regularizerOptions } from '../config/regularizer-options.js';
import { capped } from './capped.js';

/** What a method adds to training on the source's labels alone. */
export interface Method {
  /** Groups that are trained; undefined: all. */
  readonly groups?: readonly string[];
  readonly functionRegularizers?: readonly FunctionRegularizer[];
  readonly parameterRegularizers?: readonly ParameterRegularizer[];
}

/** What the methods read of a recipe. */
export type MethodRecipe = OptionValues<typeof regularizerOptions>;

/** What the methods know of the network and of training. */
export interface MethodContext {
  /** The last map and how the old classifier pools it. */
  readonly map: { readonly feature: FeatureName; readonly pool: PoolPatch };
  /** The old task's logits of the network at some parameters. */
  readonly oldLogits: (params: Params, images: tf.Tensor4D) => tf.Tensor2D;
  /** The pretrained backbone's parameters. */
  readonly start: Params;
  readonly stepsPerEpoch: number;
}

const METHODS = {
  /** Cross-entropy on the source alone: fine-tuning. */
  naive: () => ({}),
  /** The same after epochs in which only the score layers are trained, on the frozen backbone. */
  'lp-ft': () => ({}),
  /** Only the score layers are trained, on the frozen backbone. */
  'head-only': () => ({ groups: ['classifier'] }),
  /** ASG's dense L_KL through the old classifier. */
  'proxy-guidance': (recipe, context) => ({ functionRegularizers: [guidance(recipe, context)] }),
  /** Proxy guidance with a learned controller of the groups' rates. */
  asg: (recipe, context) => ({ functionRegularizers: [guidance(recipe, context)] }),
  /** Learning without forgetting: one KL an image at temperature 2 and weight 1. */
  lwf: ({ lambda, temperature }) => ({
    functionRegularizers: [learningWithoutForgetting({ weight: lambda, temperature })],
  }),
  /** The pooled features stay close to the frozen network's. */
  'feature-distillation': ({ lambda }) => ({
    functionRegularizers: [featureDistillation({ weight: lambda })],
  }),
  /** ROAD's distillation, on the last map by default. */
  road: ({ lambda, roadFeatures, roadRegions }, { map }) => ({
    functionRegularizers: [
      road({
        weight: lambda,
        feature: roadFeatures?.split(',') ?? map.feature,
        ...(roadRegions === undefined ? {} : { regions: gridOf(roadRegions) }),
      }),
    ],
  }),
  /** Squared distance of the backbone to its start. */
  l2: ({ lambda }) => ({ parameterRegularizers: [l2Distance({ weight: lambda })] }),
  /** L2-SP: the same with ½, and the score layers towards 0; set the weight decay to 0 beside it. */
  'l2-sp': ({ lambda }) => ({ parameterRegularizers: [l2Sp({ alpha: lambda })] }),
  /** Synaptic intelligence. */
  si: (recipe, context) => ({
    parameterRegularizers: [
      si({ weight: recipe.lambda, xi: recipe.siXi, trajectory: siTrajectory(recipe, context) }),
    ],
  }),
  /** Elastic weight consolidation on the old classifier's outputs. */
  ewc: ({ lambda, fisher, importancePer, seed }, { oldLogits }) => ({
    parameterRegularizers: [ewc({ weight: lambda, fisher, per: importancePer, logits: oldLogits, seed })],
  }),
  /** Memory aware synapses on the old classifier's outputs. */
  mas: ({ lambda, importancePer }, { oldLogits }) => ({
    parameterRegularizers: [mas({ weight: lambda, per: importancePer, output: oldLogits })],
  }),
} as const satisfies Record<string, MakeMethod>;

type MakeMethod = (recipe: MethodRecipe & { seed: number }, context: MethodContext) => Method;

/** The names of the methods, for `--method`. */
export const methodNames = Object.keys(METHODS) as [MethodName, ...MethodName[]];

/** A name for `--method`. */
export type MethodName = keyof typeof METHODS;

/** The method of a recipe. */
export function methodOf(
  recipe: MethodRecipe & { method: MethodName; seed: number },
  context: MethodContext,
): Method {
  return METHODS[recipe.method](recipe, context);
}

function guidance(recipe: MethodRecipe, { map }: MethodContext): FunctionRegularizer {
  const { lambda, temperature, guidance: form, grid, gridOverlap, klCap } = recipe;
  const regularizer = denseProxyGuidance({
    weight: lambda,
    temperature,
    form,
    ...map,
    grid: gridOf(grid),
    overlap: gridOverlap,
  });
  return klCap === undefined ? regularizer : capped(regularizer, klCap);
}

/** `"8x4"` as rows and columns. */
function gridOf(text: string): Grid {
  const [rows, columns] = text.split('x').map(Number);
  return [rows!, columns!];
}

function siTrajectory(
  recipe: MethodRecipe,
  { oldLogits, start, stepsPerEpoch }: MethodContext,
): SiTrajectory {
  switch (recipe.siTrajectory) {
    case 'first-pass':
      return { from: 'first-pass', steps: recipe.siSteps ?? stepsPerEpoch };
    case 'mas':
      return { from: 'importance', regularizer: mas({ per: recipe.importancePer, output: oldLogits }) };
    case 'old-task':
      return {
        from: 'old-task',
        rate: recipe.siRate,
        loss: (params, { images, labels }) =>
          crossEntropy(oldLogits(params, images), labels ?? oldLogits(start, images).argMax(1)),
      };
  }
}
