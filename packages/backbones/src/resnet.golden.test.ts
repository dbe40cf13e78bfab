import { crossEntropy, disposeParams, klDivergence, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import mini from './goldens/resnet10-28-28x28.json' with { type: 'json' };
import resnet18odd from './goldens/resnet18-33x47.json' with { type: 'json' };
import resnet18even from './goldens/resnet18-64x64.json' with { type: 'json' };
import resnet34 from './goldens/resnet34-32x40.json' with { type: 'json' };
import resnet50 from './goldens/resnet50-64x64.json' with { type: 'json' };
import resnet101 from './goldens/resnet101-33x47.json' with { type: 'json' };
import { hashedImages, hashedNetwork } from './testing/fixture.js';
import { hashUniform } from './testing/hash-tensor.js';
import { decodeFloats, expectClose, expectSummary, type Summary } from './testing/summary.js';
import { toTorchLayout } from './torch-layout.js';

interface Golden {
  network: string;
  input: number[];
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

const cases = [mini, resnet18odd, resnet18even, resnet34, resnet50, resnet101] as unknown as Golden[];
const FORWARD = 1e-4;
const GRADIENT = 1e-3;

describe.each(cases)('$network on $input agrees with torchvision', (golden) => {
  it('in features, logits, losses and every gradient', async () => {
    const { backbone, old, head, params, buffers, oldParams } = hashedNetwork(
      golden.network,
      golden.oldClasses,
      golden.classes,
    );
    const images = hashedImages('images', golden.input as [number, number, number, number]);
    const rows = golden.input[0]!;
    const teacher = tf.tensor2d(
      hashUniform('teacher', rows * golden.oldClasses).map((u) => 3 * u),
      [rows, golden.oldClasses],
    );
    const labels = tf.tensor1d(golden.labels, 'int32');

    const got: Record<string, tf.Tensor> = tf.tidy(() => {
      const features = backbone.apply(params, buffers, images, backbone.features);
      const logits = head.apply(params, features.pool!);
      const oldLogits = old.apply(oldParams, features.pool!) as tf.Tensor2D;
      const losses = tf.stack([crossEntropy(logits, labels), klDivergence(teacher, oldLogits)]);
      return { ...features, logits, oldLogits, losses };
    });
    for (const [name, summary] of Object.entries(golden.features)) {
      const feature = got[name]!;
      expect(feature.shape).toEqual(summary.shape);
      const data = (await feature.data()) as Float32Array;
      expectSummary(`feature/${name}`, { shape: feature.shape, data }, summary, FORWARD);
    }
    expectClose('pool', await got.pool!.data(), decodeFloats(golden.pool), FORWARD);
    expectClose('logits', await got.logits!.data(), golden.logits, FORWARD);
    expectClose('oldLogits', await got.oldLogits!.data(), golden.oldLogits, FORWARD);
    expectClose('losses', await got.losses!.data(), [golden.loss.task, golden.loss.guidance], FORWARD);
    tf.dispose(got);

    if (golden.gradients !== undefined) {
      const names = Object.keys(params);
      const gradients = tf.tidy(() =>
        tf.grads((...values: tf.Tensor[]) => {
          const current = Object.fromEntries(names.map((name, at) => [name, values[at]!]));
          const { pool } = backbone.apply(current, buffers, images, ['pool']);
          const task = crossEntropy(head.apply(current, pool!), labels);
          const guidance = klDivergence(teacher, old.apply(oldParams, pool!) as tf.Tensor2D);
          return task.add(guidance.mul(golden.loss.weight));
        })(names.map((name) => params[name]!)),
      );
      expect(Object.keys(golden.gradients).sort()).toEqual([...names].sort());
      for (const [at, name] of names.entries()) {
        const shape = gradients[at]!.shape;
        const data = (await gradients[at]!.data()) as Float32Array;
        expectSummary(`gradient/${name}`, { shape, data }, golden.gradients[name]!, GRADIENT);
        const whole = golden.wholeGradients?.[name];
        if (whole !== undefined) {
          expectClose(`gradient of ${name}`, toTorchLayout(data, shape), decodeFloats(whole), GRADIENT);
        }
      }
      tf.dispose(gradients);
    }
    disposeParams(params);
    disposeParams(buffers);
    disposeParams(oldParams);
    tf.dispose([images, teacher, labels]);
  });
});
