import { crossEntropy, disposeParams, type Params, tf } from '@syn2real/core';
import { toParams } from '@syn2real/weights';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../backbone.js';
import fcn8sOdd from '../goldens/fcn8s-33x47.json' with { type: 'json' };
import fcn8sEven from '../goldens/fcn8s-64x49.json' with { type: 'json' };
import fcn8sFull from '../goldens/fcn8s-full-32x40.json' with { type: 'json' };
import miniFcn from '../goldens/resnet10-28-fcn8-41x59.json' with { type: 'json' };
import aspp from '../goldens/resnet50-aspp8-65x49.json' with { type: 'json' };
import fcn16 from '../goldens/resnet50-fcn16-49x65.json' with { type: 'json' };
import fcn32 from '../goldens/resnet50-fcn32-65x97.json' with { type: 'json' };
import { onPlainCpu } from '../testing/backend.js';
import { hashedImages } from '../testing/fixture.js';
import { hashUniform } from '../testing/hash-tensor.js';
import { expectSummary, type Summary } from '../testing/summary.js';
import { hashedStateDict } from '../testing/torch.js';
import { vgg } from '../vgg.js';
import { createFcn } from './create-fcn.js';
import { fcn8sHead } from './fcn8s-head.js';
import type { ShapedDenseHead } from './shaped-dense-head.js';

interface Golden {
  input: [number, number, number, number];
  classes: number;
  network?: string;
  head?: 'fcn' | 'aspp';
  stride?: number;
  features: Record<string, Summary & { shape: number[] }>;
  logits: Summary;
  loss: number;
  gradients?: Record<string, Summary>;
}

const narrow = (): { backbone: Backbone; head: ShapedDenseHead } => ({
  backbone: vgg({
    name: 'narrow',
    spec: { widths: [4, 5, 6, 7, 8], naming: 'fcn', padding: 100, ceil: true, fc: 9 },
    input: createFcn('vgg16-fcn', { classes: 1 }).backbone.input,
    oldClasses: 3,
  }),
  head: fcn8sHead({ classes: 5, channels: { pool3: 6, pool4: 7, fc7: 9 } }),
});

const cases: [string, Golden, boolean][] = [
  ['narrow FCN-8s, odd', fcn8sOdd as unknown as Golden, true],
  ['narrow FCN-8s, even', fcn8sEven as unknown as Golden, true],
  ['FCN-8s', fcn8sFull as unknown as Golden, false],
  ['mini FCN, its own stride', miniFcn as unknown as Golden, false],
  ['FCN-ResNet-50, stride 32', fcn32 as unknown as Golden, false],
  ['FCN-ResNet-50, stride 16', fcn16 as unknown as Golden, false],
  ['ASPP-ResNet-50, stride 8', aspp as unknown as Golden, false],
];
const FORWARD = 1e-4;
const GRADIENT = 2e-3;
const ROUNDING = 1e-7;

function networkOf({ network = 'vgg16-fcn', head, stride, classes }: Golden) {
  if (network === 'vgg16-fcn') return createFcn(network, { classes });
  return createFcn(network, { classes, head: head!, outputStride: stride! });
}

/** Classes by hash, the one past the last ignored. */
function labelsOf({ input: [batch, height, width], classes }: Golden): tf.Tensor1D {
  const labels = Array.from(hashUniform('labels', batch * height * width), (u) => {
    const label = Math.floor(((u + 1) / 2) * (classes + 1));
    return label === classes ? 255 : label;
  });
  return tf.tensor1d(labels, 'int32');
}

describe.each(cases)('%s against PyTorch', (_name, golden, isNarrow) => {
  it.skipIf(onPlainCpu && !isNarrow)('features, scores, loss and every gradient', async () => {
    const { backbone, head } = isNarrow ? narrow() : networkOf(golden);
    const { params, buffers } = toParams({
      ...hashedStateDict(backbone, []),
      ...hashedStateDict({ ...backbone, paramShapes: head.paramShapes, bufferShapes: () => ({}) }, []),
    });
    const images = hashedImages('images', golden.input);
    const labels = labelsOf(golden);
    const size = [golden.input[1], golden.input[2]] as const;
    const wanted = Object.keys(golden.features);
    const loss = (scores: tf.Tensor4D) =>
      crossEntropy(scores.reshape([labels.size, golden.classes]), labels, { ignoreIndex: 255 });
    const got: Record<string, tf.Tensor> = tf.tidy(() => {
      const features = backbone.apply(params, buffers, images, [...wanted, ...head.features]);
      const logits = head.apply(params, features, size);
      return { ...features, logits, loss: loss(logits) };
    });
    for (const [name, summary] of Object.entries({ ...golden.features, logits: golden.logits })) {
      const data = Float32Array.from(await got[name]!.data());
      await expectSummary(`feature/${name}`, { shape: got[name]!.shape, data }, summary, FORWARD);
    }
    expect(got.logits!.shape).toEqual([...golden.input.slice(0, 3), golden.classes]);
    expect(Math.abs((await got.loss!.data())[0]! / golden.loss - 1)).toBeLessThan(FORWARD);
    tf.dispose(got);
    if (golden.gradients !== undefined) {
      const names = Object.keys(params);
      expect([...names].sort()).toEqual(Object.keys(golden.gradients).sort());
      const gradients = tf.tidy(() =>
        tf.grads((...values: tf.Tensor[]) => {
          const current: Params = Object.fromEntries(names.map((name, at) => [name, values[at]!]));
          return loss(head.apply(current, backbone.apply(current, buffers, images, head.features), size));
        })(names.map((name) => params[name]!)),
      );
      for (const [at, name] of names.entries()) {
        const data = Float32Array.from(await gradients[at]!.data());
        const values = { shape: gradients[at]!.shape, data };
        await expectSummary(`gradient/${name}`, values, golden.gradients[name]!, GRADIENT, ROUNDING);
      }
      tf.dispose(gradients);
    }
    for (const record of [params, buffers]) disposeParams(record);
    tf.dispose([images, labels]);
  });
});
