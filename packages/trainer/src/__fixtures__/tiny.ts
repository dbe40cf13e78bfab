import {
  type FunctionRegularizer,
  fixedSgd,
  type Head,
  klDivergence,
  type Network,
  type ParameterRegularizer,
  type Params,
  param,
  type Rng,
  tf,
} from '@syn2real/core';
import { classification, groupsOf, type LabelledBatch, type StepParts } from '../index.js';

/** A network of two convolutions, small enough to train in milliseconds. */
export const tinyNetwork: Network = {
  name: 'tiny',
  groups: ['conv1', 'conv2'],
  features: ['map', 'pool'],
  groupOf(name) {
    const group = name.split('.')[0]!;
    if (!this.groups.includes(group)) throw new Error(`No parameter "${name}" in the tiny network.`);
    return group;
  },
  init: (rng) => ({
    params: {
      'conv1.weight': random(rng.split('conv1'), [3, 3, 3, 4], 0.3),
      'conv2.weight': random(rng.split('conv2'), [3, 3, 4, 5], 0.3),
      'conv2.bias': random(rng.split('bias'), [5], 0.1),
    },
    buffers: { mean: random(rng.split('mean'), [4], 0.1) },
  }),
  apply(params, buffers, images, want) {
    const hidden = tf
      .conv2d(images, param(params, 'conv1.weight') as tf.Tensor4D, 1, 'same')
      .sub(param(buffers, 'mean'))
      .relu() as tf.Tensor4D;
    const map = tf
      .conv2d(hidden, param(params, 'conv2.weight') as tf.Tensor4D, 1, 'valid')
      .add(param(params, 'conv2.bias'));
    const all: Record<string, tf.Tensor> = { map, pool: map.mean([1, 2]) };
    return Object.fromEntries(want.map((name) => [name, all[name]!]));
  },
};

export const tinyHead: Head = {
  name: 'fc_new',
  classes: 3,
  feature: 'pool',
  init: (rng) => ({
    'fc_new.weight': random(rng.split('fc'), [5, 3], 0.4),
    'fc_new.bias': random(rng.split('fcb'), [3], 0.1),
  }),
  apply: (params, feature) =>
    tf.matMul(feature as tf.Tensor2D, param(params, 'fc_new.weight') as tf.Tensor2D).add(
      param(params, 'fc_new.bias'),
    ),
};

/** A function regularizer: KL of old-head logits. */
export const tinyGuidance: FunctionRegularizer = {
  name: 'guidance',
  weight: 0.5,
  needs: ['pool'],
  record: ({ pool }, oldHead) => ({ logits: oldHead(pool!) }),
  loss: ({ pool }, { logits }, oldHead) => klDivergence(logits as tf.Tensor2D, oldHead(pool!)),
};

/** A parameter regularizer that also follows the steps: R = ½Σ ω‖θ − θ*‖², ω growing with |g·Δθ|. */
export const tinyPath: ParameterRegularizer = {
  name: 'path',
  async prepare(anchor) {
    const state: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(anchor)) {
      state[`anchor/${name}`] = tensor.clone();
      state[`omega/${name}`] = tf.fill(tensor.shape, 0.01);
    }
    return state;
  },
  penalty: (params, state) =>
    tf.tidy(() =>
      Object.entries(params)
        .map(([name, p]) => {
          const away = p.sub(param(state, `anchor/${name}`));
          return away.mul(away).mul(param(state, `omega/${name}`)).sum().mul<tf.Scalar>(0.5);
        })
        .reduce((sum, term) => sum.add<tf.Scalar>(term)),
    ),
  gradient: (params, state) =>
    Object.fromEntries(
      Object.entries(params).map(([name, p]) => [
        name,
        tf.tidy(() => p.sub(param(state, `anchor/${name}`)).mul(param(state, `omega/${name}`))),
      ]),
    ),
  afterStep({ taskGrads, before, after }, state) {
    const next: Record<string, tf.Tensor> = { ...state };
    for (const [name, grad] of Object.entries(taskGrads)) {
      next[`omega/${name}`] = tf.tidy(() =>
        param(state, `omega/${name}`).add(param(after, name).sub(param(before, name)).mul(grad).abs()),
      );
    }
    return next;
  },
};

/** Everything that a run of the tiny network starts from; the caller owns the tensors. */
export function tinySetup(rng: Rng) {
  const { params: backbone, buffers } = tinyNetwork.init(rng.split('network'));
  const params: Params = { ...backbone, ...tinyHead.init(rng.split('head')) };
  const { params: teacherParams, buffers: teacherBuffers } = tinyNetwork.init(rng.split('network'));
  const oldKernel = random(rng.split('old'), [5, 4], 0.5) as tf.Tensor2D;
  const oldHead = (feature: tf.Tensor) => tf.matMul<tf.Tensor2D>(feature as tf.Tensor2D, oldKernel);
  const { groups, groupOf } = groupsOf(tinyNetwork, [tinyHead]);
  const parts: StepParts<LabelledBatch> = {
    network: tinyNetwork,
    buffers,
    task: classification(tinyHead),
    optimizer: fixedSgd(groupOf, { momentum: 0.9, weightDecay: 5e-4 }),
    groupOf,
    trained: groups,
    oldHead,
  };
  const teacher = { network: tinyNetwork, params: teacherParams, buffers, oldHead };
  const dispose = () => tf.dispose([buffers, teacherParams, teacherBuffers, oldKernel]);
  return { parts, params, teacher, dispose };
}

/** Images and labels that follow from their indices. */
export function tinyBatch(indices: ArrayLike<number>, rng: Rng): LabelledBatch {
  const values = Array.from(indices, (index) => normals(rng.split(`image ${index}`), 6 * 6 * 3)).flat();
  return {
    images: tf.tensor4d(values, [indices.length, 6, 6, 3]),
    labels: tf.tensor1d(
      Array.from(indices, (index) => index % 3),
      'int32',
    ),
  };
}

function random(rng: Rng, shape: number[], scale: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    normals(rng, size).map((value) => value * scale),
    shape,
    'float32',
  );
}

function normals(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.normal());
}
