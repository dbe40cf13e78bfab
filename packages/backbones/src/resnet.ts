import { type Buffers, type FeatureName, type Features, type Params, type Rng, tf } from '@syn2real/core';
import type { Backbone, Shapes } from './backbone.js';
import { foldedConv, maxPoolAfterRelu } from './folded-conv.js';
import { kaimingNormal } from './init.js';
import { affine, instanceNorm, normBufferShapes, normParamShapes } from './normalise.js';
import {
  type BlockSpec,
  type ConvSpec,
  planResNet,
  type ResNetPlan,
  type ResNetSpec,
} from './resnet-spec.js';

/** What a ResNet is besides its architecture. */
export interface ResNetOptions {
  readonly name: string;
  readonly spec: ResNetSpec;
  readonly input: Backbone['input'];
  readonly oldClasses: number;
}

const STAGES = ['layer1', 'layer2', 'layer3', 'layer4'] as const;
const GROUPS = ['conv1', 'bn1', ...STAGES, 'classifier'] as const;

/**
 * A ResNet as a description, with torchvision's tensor names and numbers.
 *
 * Batch normalisation uses frozen running statistics (ε 1e-5) and trains γ and β; it is folded into the
 * convolutions, differentiably. The stride of a bottleneck sits in its 3×3 convolution.
 *
 * Features, all `[B, h, w, C]` but the last: `conv1` (after bn1 and ReLU, before the max-pool), `layer1` …
 * `layer4`, and `pool` `[B, C]`, layer4's global average. Only what the wanted ones need is computed.
 *
 * With `spec.ibn` some normalisations are by instance, under IBN-Net's names (`layer1.0.bn1.IN.weight`); with
 * `spec.outputStride` strides become dilations, with the same tensors.
 *
 * `groupOf` puts a tensor of any `fc_new` head, or of a dense head (`classifier.`), into `classifier`; it throws on `fc`, the old head, which is never
 * trained, and on any other name.
 *
 * @example
 * ```ts
 * const network = createBackbone('resnet18');
 * const { params, buffers } = network.init(createRng(0));
 * const { pool } = tf.tidy(() => network.apply(params, buffers, tf.zeros([1, 224, 224, 3]), ['pool']));
 * ```
 * @see He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016); torchvision.models.resnet.
 * The paper strides in the first 1×1 convolution, torchvision in the 3×3.
 * Pan, Luo, Shi, Tang: Two at once: enhancing learning and generalization capacities via IBN-Net (ECCV 2018)
 */
export function resnet({ name, spec, input, oldClasses }: ResNetOptions): Backbone {
  const plan = planResNet(spec);
  const channels: Record<string, number> = { conv1: plan.stem.outputs };
  for (const stage of plan.stages) channels[stage.name] = stage.outputs;
  channels.pool = channels.layer4!;
  const params = paramShapesOf(plan);
  const buffers = bufferShapesOf(plan);

  return {
    name,
    groups: GROUPS,
    features: ['conv1', ...STAGES, 'pool'],
    input,
    oldClasses,
    channels,
    map: { feature: 'layer4', pool: globalAverage },
    paramShapes: () => params,
    bufferShapes: () => buffers,
    groupOf(param) {
      if (param.startsWith('fc_new.') || param.startsWith('classifier.')) return 'classifier';
      if (param.startsWith('fc.')) {
        throw new Error(`"${param}" belongs to the old head, which is frozen: it has no group.`);
      }
      if (!Object.hasOwn(params, param)) throw new Error(`"${param}" is not a trainable tensor of ${name}.`);
      return param.slice(0, param.indexOf('.'));
    },
    init: (rng) => initResNet(params, buffers, rng),
    apply(values, statistics, images, want) {
      const run = (x: tf.Tensor4D, conv: ConvSpec) => foldedConv(values, statistics, x, conv);
      const features: Record<FeatureName, tf.Tensor> = {};
      const wanted = new Set(want);
      const reached = (feature: FeatureName, value: tf.Tensor): boolean => {
        if (wanted.delete(feature)) features[feature] = value;
        return wanted.size === 0;
      };
      for (const feature of wanted) {
        if (!Object.hasOwn(channels, feature)) {
          throw new Error(`${name} has no feature "${feature}"; it has ${Object.keys(channels).join(', ')}.`);
        }
      }
      if (wanted.size === 0) return features;
      let x = tf.relu(run(images, plan.stem));
      if (reached('conv1', x)) return features;
      if (plan.maxPool) x = maxPoolAfterRelu(x);
      for (const stage of plan.stages) {
        for (const block of stage.blocks) x = residual(x, block, values, run);
        if (reached(stage.name, x)) return features;
      }
      reached('pool', globalAverage(x));
      return features satisfies Features;
    },
  };
}

const globalAverage = (map: tf.Tensor4D): tf.Tensor2D => tf.mean(map, [1, 2]);

function residual(
  x: tf.Tensor4D,
  { branch, projection, sumNorm }: BlockSpec,
  params: Params,
  run: (x: tf.Tensor4D, conv: ConvSpec) => tf.Tensor4D,
): tf.Tensor4D {
  let y = x;
  branch.forEach((conv, at) => {
    y = run(at === 0 ? x : tf.relu<tf.Tensor4D>(y), conv);
  });
  const sum = y.add<tf.Tensor4D>(projection === undefined ? x : run(x, projection));
  return tf.relu(sumNorm === undefined ? sum : instanceNorm(params, sum, sumNorm.norm));
}

/** Every convolution of a block in state-dict order. */
const convsOf = ({ branch, projection }: BlockSpec): readonly ConvSpec[] =>
  projection === undefined ? branch : [...branch, projection];

const blocksOf = (plan: ResNetPlan): readonly BlockSpec[] => plan.stages.flatMap((stage) => stage.blocks);

const convShapes = (conv: ConvSpec): Shapes => ({
  [`${conv.conv}.weight`]: [conv.kernel, conv.kernel, conv.inputs, conv.outputs],
  ...normParamShapes(conv),
});

function paramShapesOf(plan: ResNetPlan): Shapes {
  const blocks = blocksOf(plan).flatMap(({ branch, projection, sumNorm }) => [
    ...branch.map(convShapes),
    sumNorm === undefined ? {} : affine(sumNorm.norm, sumNorm.outputs),
    projection === undefined ? {} : convShapes(projection),
  ]);
  return Object.assign({}, convShapes(plan.stem), ...blocks);
}

const bufferShapesOf = (plan: ResNetPlan): Shapes =>
  Object.assign({}, ...[plan.stem, ...blocksOf(plan).flatMap(convsOf)].map(normBufferShapes));

function initResNet(params: Shapes, buffers: Shapes, rng: Rng): { params: Params; buffers: Buffers } {
  const fresh = (name: string, shape: readonly number[]): tf.Tensor => {
    if (shape.length === 4) return kaimingNormal(shape as [number, number, number, number], rng.split(name));
    return /\.(weight|running_var)$/.test(name) ? tf.ones([...shape]) : tf.zeros([...shape]);
  };
  const made = (shapes: Shapes) =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, fresh(name, shape)]));
  return { params: made(params), buffers: made(buffers) };
}
