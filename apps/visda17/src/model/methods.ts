import type { OptionValues } from '@syn2real/cli';
import {
  crossEntropy,
  type FunctionRegularizer,
  type ParameterRegularizer,
  type Params,
  type tf,
} from '@syn2real/core';
import {
  ewc,
  featureDistillation,
  type Grid,
  l2Distance,
  l2Sp,
  learningWithoutForgetting,
  mas,
  proxyGuidance,
  road,
  type SiTrajectory,
  si,
} from '@syn2real/regularizers';
import type { regularizerOptions } from '../config/regularizer-options.js';

/** What a method adds to training on the source's labels alone. */
export interface Method {
  /** Groups that are trained; undefined: all. */
  readonly groups?: readonly string[];
  readonly functionRegularizers?: readonly FunctionRegularizer[];
  readonly parameterRegularizers?: readonly ParameterRegularizer[];
}

/** What this app's methods read of a recipe. */
export type MethodRecipe = OptionValues<typeof regularizerOptions> & { readonly seed: number };

/** What the methods of every app read of a recipe. */
export type SharedMethodRecipe = Omit<MethodRecipe, 'roadFeatures'>;

/** What the methods know of the network and of training. */
export interface MethodContext {
  /** The old task's logits of the network at some parameters. */
  readonly oldLogits: (params: Params, images: tf.Tensor4D) => tf.Tensor2D;
  /** The pretrained backbone's parameters. */
  readonly start: Params;
  readonly stepsPerEpoch: number;
}

/** The names of the methods, for `--method`. */
export const methodNames = [
  'naive',
  'lp-ft',
  'head-only',
  'proxy-guidance',
  'asg',
  'lwf',
  'feature-distillation',
  'road',
  'l2',
  'l2-sp',
  'si',
  'ewc',
  'mas',
] as const;

/** A name for `--method`. */
export type MethodName = (typeof methodNames)[number];

/** A method by what a recipe and its network give. */
type MakeMethod<Recipe, Context> = (recipe: Recipe, context: Context) => Method;

/** The regularizers that look at a map differently from app to app. */
export interface OwnRegularizers<Recipe, Context> {
  readonly guidance: (recipe: Recipe, context: Context) => FunctionRegularizer;
  readonly road: (recipe: Recipe, context: Context) => FunctionRegularizer;
}

/** The methods by name, with an app's own proxy guidance and ROAD. */
export const methodTable = <Recipe extends SharedMethodRecipe, Context extends MethodContext>({
  guidance,
  road: roadOf,
}: OwnRegularizers<Recipe, Context>): Readonly<Record<MethodName, MakeMethod<Recipe, Context>>> => ({
  /** Cross-entropy on the source alone: fine-tuning. */
  naive: () => ({}),
  /** The same after epochs in which only the new classifier is trained, on the frozen backbone. */
  'lp-ft': () => ({}),
  /** Only the new classifier is trained, on the frozen backbone. */
  'head-only': () => ({ groups: ['classifier'] }),
  /** ASG's L_KL through the old classifier. */
  'proxy-guidance': (recipe, context) => ({ functionRegularizers: [guidance(recipe, context)] }),
  /** Proxy guidance with a learned controller of the groups' rates. */
  asg: (recipe, context) => ({ functionRegularizers: [guidance(recipe, context)] }),
  /** Learning without forgetting: the same at temperature 2 and weight 1. */
  lwf: ({ lambda, temperature }) => ({
    functionRegularizers: [learningWithoutForgetting({ weight: lambda, temperature })],
  }),
  /** The pooled features stay close to the frozen network's. */
  'feature-distillation': ({ lambda }) => ({
    functionRegularizers: [featureDistillation({ weight: lambda })],
  }),
  /** ROAD's distillation, on the network's last map by default. */
  road: (recipe, context) => ({ functionRegularizers: [roadOf(recipe, context)] }),
  /** Squared distance of the backbone to its start. */
  l2: ({ lambda }) => ({ parameterRegularizers: [l2Distance({ weight: lambda })] }),
  /** L2-SP: the same with ½, and the new head towards 0; set the weight decay to 0 beside it. */
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
});

const METHODS = methodTable<MethodRecipe, MethodContext>({
  guidance: ({ lambda, temperature, guidance }) =>
    proxyGuidance({ weight: lambda, temperature, form: guidance }),
  road: ({ lambda, roadFeatures, roadRegions }) =>
    road({
      weight: lambda,
      feature: roadFeatures.split(','),
      ...(roadRegions === undefined ? {} : { regions: gridOf(roadRegions) }),
    }),
});

/** The method of a recipe. */
export function methodOf(recipe: MethodRecipe & { method: MethodName }, context: MethodContext): Method {
  return METHODS[recipe.method](recipe, context);
}

/** `"8x4"` as rows and columns. */
export function gridOf(text: string): Grid {
  const [rows, columns] = text.split('x').map(Number);
  return [rows!, columns!];
}

function siTrajectory(
  recipe: SharedMethodRecipe,
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
