import { type FeatureName, type Head, type OldHead, type Params, param, type Rng, tf } from '@syn2real/core';
import type { Shapes } from './backbone.js';
import { uniformFanIn } from './init.js';

/** A {@link Head} that knows the shapes of its tensors. */
export interface ShapedHead extends Head {
  /** Shapes by name, in state-dict order and TensorFlow.js layout (`[in, out]`). */
  paramShapes(): Shapes;
}

/** Options of {@link linearHead} and {@link asgHead}. */
export interface HeadOptions {
  /** State-dict prefix. Default `"fc_new"`. */
  name?: string;
  /** The feature that it reads. Default `"pool"`. */
  feature?: FeatureName;
}

/**
 * One linear layer: z = x·W + b, with tensors `fc_new.weight` and `fc_new.bias`.
 *
 * The new classifier as the paper describes it. Also reads a map `[B, h, w, C]`, position by position.
 *
 * @param features channels of the feature that it reads
 * @example
 * ```ts
 * const head = linearHead(backbone.channels.pool!, 12);
 * ```
 * @see ASG, section 4.1
 */
export function linearHead(
  features: number,
  classes: number,
  { name = 'fc_new', feature = 'pool' }: HeadOptions = {},
): ShapedHead {
  return stack(name, feature, [{ prefix: name, inputs: features, outputs: classes }]);
}

/**
 * ASG's new classifier: z = relu(x·W₀ + b₀)·W₂ + b₂, with tensors `fc_new.0.*` and `fc_new.2.*`.
 *
 * @param features channels of the feature that it reads: 2048 for ResNet-50 and 101
 * @param options hidden width besides {@link HeadOptions}. Default 512
 * @see the released ASG code; the paper has one linear layer, {@link linearHead}
 */
export function asgHead(
  features: number,
  classes: number,
  { name = 'fc_new', feature = 'pool', hidden = 512 }: HeadOptions & { hidden?: number } = {},
): ShapedHead {
  return stack(name, feature, [
    { prefix: `${name}.0`, inputs: features, outputs: hidden },
    { prefix: `${name}.2`, inputs: hidden, outputs: classes },
  ]);
}

/** The pretrained classifier, `fc.weight` and `fc.bias`: gradients flow through it, never into it. */
export function oldHead(features: number, classes: number): ShapedHead {
  return linearHead(features, classes, { name: 'fc' });
}

/**
 * VGG-16's pretrained classifier on `pool`: three linear layers with ReLU between, `classifier.0`, `.3` and `.6`; dropout
 * is off. Gradients flow through it, never into it.
 *
 * @param features 25088 for VGG-16
 * @param hidden default 4096
 */
export function vggOldHead(features: number, classes: number, { hidden = 4096 } = {}): ShapedHead {
  return stack('classifier', 'pool', [
    { prefix: 'classifier.0', inputs: features, outputs: hidden },
    { prefix: 'classifier.3', inputs: hidden, outputs: hidden },
    { prefix: 'classifier.6', inputs: hidden, outputs: classes },
  ]);
}

/**
 * A head with its parameters, as function regularizers take it: features in, old-task logits out.
 *
 * The parameters stay the caller's.
 */
export function bindHead(head: Head, params: Params): OldHead {
  return (feature) => head.apply(params, feature) as tf.Tensor2D;
}

interface LinearSpec {
  prefix: string;
  inputs: number;
  outputs: number;
}

function stack(name: string, feature: FeatureName, layers: readonly LinearSpec[]): ShapedHead {
  const classes = layers[layers.length - 1]!.outputs;
  for (const { inputs, outputs } of layers) {
    if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(outputs) || outputs < 1) {
      throw new RangeError(
        `A head's features and classes are positive integers; got ${inputs} and ${outputs}.`,
      );
    }
  }
  const shapes: Record<string, readonly number[]> = {};
  for (const { prefix, inputs, outputs } of layers) {
    shapes[`${prefix}.weight`] = [inputs, outputs];
    shapes[`${prefix}.bias`] = [outputs];
  }
  return {
    name,
    classes,
    feature,
    paramShapes: () => shapes,
    init: (rng: Rng) => {
      const params: Record<string, tf.Tensor> = {};
      for (const { prefix, inputs, outputs } of layers) {
        params[`${prefix}.weight`] = uniformFanIn([inputs, outputs], inputs, rng.split(`${prefix}.weight`));
        params[`${prefix}.bias`] = uniformFanIn([outputs], inputs, rng.split(`${prefix}.bias`));
      }
      return params;
    },
    apply: (params, x) =>
      layers.reduce((value, layer, at) => linear(params, at === 0 ? value : tf.relu(value), layer), x),
  };
}

function linear(params: Params, x: tf.Tensor, { prefix, inputs, outputs }: LinearSpec): tf.Tensor {
  if (x.shape[x.shape.length - 1] !== inputs) {
    throw new Error(`"${prefix}" reads ${inputs} features; got a tensor of shape [${x.shape}].`);
  }
  const rows = x.reshape([x.size / inputs, inputs]) as tf.Tensor2D;
  const scores = tf
    .matMul(rows, param(params, `${prefix}.weight`) as tf.Tensor2D)
    .add(param(params, `${prefix}.bias`));
  return scores.reshape([...x.shape.slice(0, -1), outputs]);
}
