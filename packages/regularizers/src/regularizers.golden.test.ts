import { disposeParams, type FunctionRegularizer, type OldHead, type Params, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { featureDistillation } from './feature-distillation.js';
import golden from './goldens/regularizers.json' with { type: 'json' };
import { l2Distance, l2Sp } from './l2.js';
import { learningWithoutForgetting } from './learning-without-forgetting.js';
import { proxyGuidance } from './proxy-guidance.js';
import { road } from './road.js';
import { expectValues } from './testing/tensors.js';

interface Case {
  name: string;
  regularizer: FunctionRegularizer;
  feature: 'pool' | 'layer4';
  wanted: { loss: number; gradient: number[] };
}

const cases: Case[] = [
  {
    name: 'proxy guidance',
    regularizer: proxyGuidance(),
    feature: 'pool',
    wanted: golden.proxyGuidance['kl, T 1'],
  },
  {
    name: 'proxy guidance, T 2.5',
    regularizer: proxyGuidance({ temperature: 2.5 }),
    feature: 'pool',
    wanted: golden.proxyGuidance['kl, T 2.5'],
  },
  {
    name: 'proxy guidance as cross-entropy',
    regularizer: proxyGuidance({ form: 'cross-entropy' }),
    feature: 'pool',
    wanted: golden.proxyGuidance['cross-entropy, T 1'],
  },
  { name: 'LwF', regularizer: learningWithoutForgetting(), feature: 'pool', wanted: golden.lwf },
  { name: 'MSE', regularizer: featureDistillation(), feature: 'pool', wanted: golden.mse },
  {
    name: 'MSE of a map',
    regularizer: featureDistillation({ feature: 'layer4' }),
    feature: 'layer4',
    wanted: golden.mseMap,
  },
  {
    name: 'cosine',
    regularizer: featureDistillation({ distance: 'cosine' }),
    feature: 'pool',
    wanted: golden.cosine,
  },
  {
    name: 'cosine of a map',
    regularizer: featureDistillation({ distance: 'cosine', feature: 'layer4' }),
    feature: 'layer4',
    wanted: golden.cosineMap,
  },
  { name: 'ROAD, one position equal', regularizer: road(), feature: 'layer4', wanted: golden.road },
];

describe("function regularizers against PyTorch's autograd", () => {
  it.each(cases)('$name', async ({ regularizer, feature, wanted }) => {
    const { shape, student, teacher } = golden[feature];
    const kernel = tf.tensor2d(golden.oldHead.kernel, [4, 5]);
    const bias = tf.tensor1d(golden.oldHead.bias);
    const oldHead: OldHead = (x) => tf.matMul(x as tf.Tensor2D, kernel).add(bias);
    const x = tf.tensor(student, shape);
    const z = tf.tensor(teacher, shape);
    const kept = tf.tidy(() => regularizer.record({ [feature]: z }, oldHead));
    const { value, grad } = tf.valueAndGrad((at: tf.Tensor) =>
      regularizer.loss({ [feature]: at }, kept, oldHead),
    )(x);
    await expectValues(value, [wanted.loss], 1e-5);
    await expectValues(grad, wanted.gradient, 1e-6);
    tf.dispose([kernel, bias, x, z, { ...kept }, value, grad]);
  });
});

describe("parameter regularizers against PyTorch's autograd", () => {
  it.each([
    { name: 'L2', regularizer: l2Distance({ weight: golden.l2.weight }), wanted: golden.l2 },
    {
      name: 'L2-SP',
      regularizer: l2Sp({ alpha: golden.l2Sp.alpha, beta: golden.l2Sp.beta }),
      wanted: golden.l2Sp,
    },
  ])('$name, with an anchor that the parameters lack and a parameter without anchor', async (row) => {
    const read = (from: Record<string, { shape: number[]; values: number[] }>): Params =>
      Object.fromEntries(
        Object.entries(from).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
      );
    const [params, anchor] = [read(golden.params), read(golden.anchor)];
    const state = await row.regularizer.prepare(anchor);
    const penalty = row.regularizer.penalty(params, state);
    const gradient = row.regularizer.gradient(params, state);
    await expectValues(penalty, [row.wanted.penalty], 1e-5);
    const wanted: Record<string, number[]> = row.wanted.gradient;
    expect(Object.keys(gradient).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, values] of Object.entries(wanted)) await expectValues(gradient[name]!, values, 1e-6);
    for (const record of [params, anchor, state, gradient]) disposeParams(record);
    penalty.dispose();
  });
});

describe('the worked example: old logits 1, 2, 3 and new logits 3, 2, 1', () => {
  const identity: OldHead = (x) => x as tf.Tensor2D;
  const gradientOf = async (form: 'kl' | 'cross-entropy', loss: number) => {
    const guidance = proxyGuidance({ form });
    const kept = guidance.record({ pool: tf.tensor2d([[1, 2, 3]]) }, identity);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => guidance.loss({ pool: x }, kept, identity))(
      tf.tensor2d([[3, 2, 1]]),
    );
    await expectValues(value, [loss], 2e-6);
    return grad;
  };

  it('both forms have their value and the same gradient', async () => {
    const divergence = await gradientOf('kl', 1.1504207652);
    const crossEntropy = await gradientOf('cross-entropy', 1.982816347);
    await expectValues(divergence, [0.57521038, 0, -0.57521038], 1e-6);
    await expectValues(crossEntropy, await divergence.data(), 1e-7);
  });
});
