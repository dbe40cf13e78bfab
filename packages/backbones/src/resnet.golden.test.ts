import { crossEntropy, disposeParams, klDivergence, type Params, tf } from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import miniSmall from './goldens/resnet10-28-11x12.json' with { type: 'json' };
import mini from './goldens/resnet10-28-28x28.json' with { type: 'json' };
import resnet18odd from './goldens/resnet18-33x47.json' with { type: 'json' };
import resnet18even from './goldens/resnet18-64x64.json' with { type: 'json' };
import resnet34 from './goldens/resnet34-32x40.json' with { type: 'json' };
import resnet50 from './goldens/resnet50-64x64.json' with { type: 'json' };
import resnet101 from './goldens/resnet101-33x47.json' with { type: 'json' };
import resnet101full from './goldens/resnet101-224x224.json' with { type: 'json' };
import { onPlainCpu } from './testing/backend.js';
import { hashedImages, hashedNetwork } from './testing/fixture.js';
import { hashUniform } from './testing/hash-tensor.js';
import { decodeFloats, expectClose, expectSummary, type Summary } from './testing/summary.js';
import { torchOrder } from './testing/torch.js';

interface Golden {
  network: string;
  input: [number, number, number, number];
  oldClasses: number;
  classes: number;
  labels: number[];
  features: Record<string, Summary & { shape: number[] }>;
  pool: string;
  logits: number[];
  oldLogits: number[];
  loss: { task: number; guidance: number; weight: number };
  gradients?: Record<string, Summary>;
  wholeGradients?: Record<string, string>;
}

const cases = [
  miniSmall,
  mini,
  resnet18odd,
  resnet18even,
  resnet34,
  resnet50,
  resnet101,
  resnet101full,
] as unknown as Golden[];
const FORWARD = 1e-4;
const GRADIENT = 1e-3;

describe.each(cases)('$network on $input against torchvision', (golden) => {
  let network: ReturnType<typeof hashedNetwork>;
  let images: tf.Tensor4D;
  let teacher: tf.Tensor2D;
  let labels: tf.Tensor1D;

  beforeAll(() => {
    network = hashedNetwork(golden.network, golden.oldClasses, golden.classes);
    images = hashedImages('images', golden.input);
    const rows = golden.input[0];
    const scores = hashUniform('teacher', rows * golden.oldClasses).map((u) => 3 * u);
    teacher = tf.tensor2d(scores, [rows, golden.oldClasses]);
    labels = tf.tensor1d(golden.labels, 'int32');
  });
  afterAll(() => {
    for (const record of [network.params, network.buffers, network.oldParams]) disposeParams(record);
    tf.dispose([images, teacher, labels]);
  });

  const losses = (params: Params, pool: tf.Tensor) => {
    const logits = network.head.apply(params, pool);
    const oldLogits = network.old.apply(network.oldParams, pool) as tf.Tensor2D;
    const task = crossEntropy(logits, labels);
    return { logits, oldLogits, task, guidance: klDivergence(teacher, oldLogits) };
  };

  it.skipIf(onPlainCpu && golden.input[1] > 64)('has its features, logits and losses', async () => {
    const { backbone, params, buffers } = network;
    const got: Record<string, tf.Tensor> = tf.tidy(() => {
      const features = backbone.apply(params, buffers, images, backbone.features);
      return { ...features, ...losses(params, features.pool!) };
    });
    for (const [name, summary] of Object.entries(golden.features)) {
      const feature = got[name]!;
      expect(feature.shape).toEqual(summary.shape);
      const data = (await feature.data()) as Float32Array;
      await expectSummary(`feature/${name}`, { shape: feature.shape, data }, summary, FORWARD);
    }
    expectClose('pool', await got.pool!.data(), decodeFloats(golden.pool), FORWARD);
    expectClose('logits', await got.logits!.data(), golden.logits, FORWARD);
    expectClose('oldLogits', await got.oldLogits!.data(), golden.oldLogits, FORWARD);
    expectClose('task', await got.task!.data(), [golden.loss.task], FORWARD);
    expectClose('guidance', await got.guidance!.data(), [golden.loss.guidance], FORWARD);
    tf.dispose(got);
  });

  if (golden.gradients === undefined) return;
  const gradientsOf = golden.gradients;

  it.skipIf(onPlainCpu && golden.input[1] > 11)('has its gradients, every tensor', async () => {
    const { backbone, params, buffers } = network;
    const names = Object.keys(params);
    const gradients = tf.tidy(() =>
      tf.grads((...values: tf.Tensor[]) => {
        const current = Object.fromEntries(names.map((name, at) => [name, values[at]!]));
        const { pool } = backbone.apply(current, buffers, images, ['pool']);
        const { task, guidance } = losses(current, pool!);
        return task.add(guidance.mul(golden.loss.weight));
      })(names.map((name) => params[name]!)),
    );
    expect(Object.keys(gradientsOf).sort()).toEqual([...names].sort());
    for (const [at, name] of names.entries()) {
      const shape = gradients[at]!.shape;
      const data = (await gradients[at]!.data()) as Float32Array;
      await expectSummary(`gradient/${name}`, { shape, data }, gradientsOf[name]!, GRADIENT);
      const whole = golden.wholeGradients?.[name];
      if (whole !== undefined) {
        expectClose(`gradient of ${name}`, await torchOrder(data, shape), decodeFloats(whole), GRADIENT);
      }
    }
    tf.dispose(gradients);
  });
});
