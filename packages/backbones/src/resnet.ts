import { type Buffers, type FeatureName, type Features, type Params, type Rng, tf } from '@syn2real/core';
import type { Backbone, Shapes } from './backbone.js';
import { foldedConv, maxPoolAfterRelu } from './folded-conv.js';
import { kaimingNormal } from './init.js';
import { type BlockSpec, type ConvSpec, convsOf, planResNet, type ResNetSpec } from './resnet-spec.js';

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
 * `groupOf` puts a tensor of any `fc_new` head into `classifier`; it throws on `fc`, the old head, which is never
 * trained, and on any other name.
 *
 * @example
 * ```ts
 * const network = createBackbone('resnet18');
 * const { params, buffers } = network.init(createRng(0));
 * const { pool } = tf.tidy(() => network.apply(params, buffers, tf.zeros([1, 224, 224, 3]), ['pool']));
 * ```
 * @see He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016); torchvision.models.resnet.
 * The paper strides in the first 1×1 convolution, torchvision in the 3×3
 */
export function resnet({ name, spec, input, oldClasses }: ResNetOptions): Backbone {
  const plan = planResNet(spec);
  const convs = convsOf(plan);
  const channels: Record<string, number> = { conv1: plan.stem.outputs };
  for (const stage of plan.stages) channels[stage.name] = stage.outputs;
  channels.pool = channels.layer4!;
  const params = paramShapesOf(convs);

  return {
    name,
    groups: GROUPS,
    features: ['conv1', ...STAGES, 'pool'],
    input,
    oldClasses,
    channels,
    paramShapes: () => params,
    bufferShapes: () => bufferShapesOf(convs),
    groupOf(param) {
      if (param.startsWith('fc_new.')) return 'classifier';
      if (param.startsWith('fc.')) {
        throw new Error(`"${param}" belongs to the old head, which is frozen: it has no group.`);
      }
      if (!Object.hasOwn(params, param)) throw new Error(`"${param}" is not a trainable tensor of ${name}.`);
      return param.slice(0, param.indexOf('.'));
    },
    init: (rng) => initResNet(convs, rng),
    apply(values, buffers, images, want) {
      const run = (x: tf.Tensor4D, conv: ConvSpec) => foldedConv(values, buffers, x, conv);
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
        for (const block of stage.blocks) x = residual(x, block, run);
        if (reached(stage.name, x)) return features;
      }
      reached('pool', tf.mean(x, [1, 2]));
      return features satisfies Features;
    },
  };
}

function residual(
  x: tf.Tensor4D,
  { branch, projection }: BlockSpec,
  run: (x: tf.Tensor4D, conv: ConvSpec) => tf.Tensor4D,
): tf.Tensor4D {
  let y = x;
  branch.forEach((conv, at) => {
    y = run(at === 0 ? x : tf.relu<tf.Tensor4D>(y), conv);
  });
  return tf.relu(y.add<tf.Tensor4D>(projection === undefined ? x : run(x, projection)));
}

function paramShapesOf(convs: readonly ConvSpec[]): Shapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const { conv, norm, kernel, inputs, outputs } of convs) {
    shapes[`${conv}.weight`] = [kernel, kernel, inputs, outputs];
    shapes[`${norm}.weight`] = [outputs];
    shapes[`${norm}.bias`] = [outputs];
  }
  return shapes;
}

function bufferShapesOf(convs: readonly ConvSpec[]): Shapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const { norm, outputs } of convs) {
    shapes[`${norm}.running_mean`] = [outputs];
    shapes[`${norm}.running_var`] = [outputs];
  }
  return shapes;
}

function initResNet(convs: readonly ConvSpec[], rng: Rng): { params: Params; buffers: Buffers } {
  const params: Record<string, tf.Tensor> = {};
  const buffers: Record<string, tf.Tensor> = {};
  for (const { conv, norm, kernel, inputs, outputs } of convs) {
    params[`${conv}.weight`] = kaimingNormal([kernel, kernel, inputs, outputs], rng.split(`${conv}.weight`));
    params[`${norm}.weight`] = tf.ones([outputs]);
    params[`${norm}.bias`] = tf.zeros([outputs]);
    buffers[`${norm}.running_mean`] = tf.zeros([outputs]);
    buffers[`${norm}.running_var`] = tf.ones([outputs]);
  }
  return { params, buffers };
}
