import { createRng, disposeParams, type Params, type Rng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { asgHead } from './heads.js';
import { createBackbone } from './registry.js';
import { resnet } from './resnet.js';
import type { ConvSpec, ResNetSpec } from './resnet-spec.js';
import { floats } from './testing/backend.js';

const specs: Record<string, ResNetSpec> = {
  basic: {
    block: 'basic',
    blocks: [1, 2, 1, 1],
    widths: [3, 4, 4, 5],
    strides: [2, 2, 1, 1],
    stem: { kernel: 3, stride: 1, width: 3, maxPool: false },
  },
  bottleneck: {
    block: 'bottleneck',
    blocks: [2, 1, 1, 1],
    widths: [2, 2, 3, 2],
    strides: [1, 2, 1, 2],
    stem: { kernel: 7, stride: 2, width: 4, maxPool: true },
  },
};

function randomLike(shape: number[], rng: Rng, scale: number, shift: number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => shift + scale * rng.normal()),
    shape,
  );
}

/**
 * Shifts of ±4, most of them up: with them few values lie where ReLU bends, so that a difference quotient means
 * something in float32.
 */
function awayFromZero({ shape, size }: tf.Tensor, rng: Rng): tf.Tensor {
  return tf.tensor(
    Float32Array.from({ length: size }, () => (rng.uniform() < 0.25 ? -4 : 4)),
    shape,
  );
}

describe.each(Object.keys(specs))('gradient of a %s network', (kind) => {
  it('is the difference quotient along random directions, for each group of tensors', async () => {
    const rng = createRng(11);
    const backbone = resnet({
      name: kind,
      spec: specs[kind]!,
      input: createBackbone('resnet10-28').input,
      oldClasses: 3,
    });
    const head = asgHead(backbone.channels.pool!, 3, { hidden: 6 });
    const made = backbone.init(rng.split('init'));
    const shifts = Object.keys(made.params).filter((name) => /(bn\d|downsample\.1)\.bias$/.test(name));
    const params: Params = {
      ...made.params,
      ...head.init(rng.split('head')),
      ...Object.fromEntries(shifts.map((name) => [name, awayFromZero(made.params[name]!, rng.split(name))])),
    };
    const buffers = Object.fromEntries(
      Object.entries(backbone.bufferShapes()).map(([name, shape]) => {
        const variance = name.endsWith('running_var');
        const values = randomLike([...shape], rng.split(name), variance ? 0.1 : 0.2, variance ? 1 : -0.3);
        return [name, values];
      }),
    );
    const images = randomLike([2, 9, 11, 3], rng.split('images'), 1, 0) as tf.Tensor4D;
    const weights = randomLike([2, 3], rng.split('weights'), 1, 0);
    const names = Object.keys(params);
    const loss = (current: Params) =>
      tf.tidy(() => {
        const { pool } = backbone.apply(current, buffers, images, ['pool']);
        return head.apply(current, pool!).mul(weights).sum() as tf.Scalar;
      });
    const grads = tf.tidy(() =>
      tf.grads((...values: tf.Tensor[]) =>
        loss(Object.fromEntries(names.map((name, at) => [name, values[at]!]))),
      )(names.map((name) => params[name]!)),
    );

    for (const part of [
      'conv1',
      'bn1',
      'layer1',
      'layer2',
      'layer3',
      'layer4',
      'fc_new',
      'bn',
      'downsample',
    ]) {
      const chosen = names.filter((name) => name.includes(part));
      expect(chosen.length).toBeGreaterThan(0);
      const directions = Object.fromEntries(
        chosen.map((name) => [name, randomLike(params[name]!.shape, rng.split(`${part} ${name}`), 0.3, 0)]),
      );
      const slope = tf.tidy(() =>
        tf.addN(chosen.map((name) => grads[names.indexOf(name)]!.mul(directions[name]!).sum())),
      );
      const quotient = async (step: number) => {
        const at = async (scale: number) => {
          const moved = tf.tidy(() => ({
            ...params,
            ...Object.fromEntries(chosen.map((n) => [n, params[n]!.add(directions[n]!.mul(scale))])),
          }));
          const value = loss(moved);
          const [result] = await floats(value);
          tf.dispose([value, chosen.map((n) => moved[n]!)]);
          return result!;
        };
        return ((await at(step)) - (await at(-step))) / (2 * step);
      };
      const [wanted] = await floats(slope);
      const errors = [];
      for (const step of [1e-2, 3e-3, 1e-3, 3e-4]) {
        errors.push(Math.abs((await quotient(step)) - wanted!) / Math.max(1, Math.abs(wanted!)));
      }
      expect(Math.min(...errors), `${part}: slope ${wanted}, errors ${errors}`).toBeLessThan(1e-2);
      slope.dispose();
      disposeParams(directions);
    }
    for (const record of [params, buffers]) disposeParams(record);
    tf.dispose([images, weights, grads]);
  });
});

describe('folding', () => {
  it('equals batch normalisation after the convolution, in value and gradients', async () => {
    const rng = createRng(5);
    const spec: ConvSpec = {
      conv: 'c',
      norm: 'n',
      kernel: 3,
      stride: 2,
      dilation: 1,
      inputs: 3,
      outputs: 4,
      normKind: 'batch',
    };
    const { foldedConv } = await import('./folded-conv.js');
    const x = randomLike([2, 7, 8, 3], rng.split('x'), 1, 0) as tf.Tensor4D;
    const w = randomLike([3, 3, 3, 4], rng.split('w'), 1, 0) as tf.Tensor4D;
    const gamma = randomLike([4], rng.split('γ'), 1, 0) as tf.Tensor1D;
    const beta = randomLike([4], rng.split('β'), 1, 0) as tf.Tensor1D;
    const mean = randomLike([4], rng.split('m'), 1, 0) as tf.Tensor1D;
    const variance = tf.tensor1d([1e-6, 0.1, 1, 20]);
    const dy = randomLike([2, 4, 4, 4], rng.split('dy'), 1, 0);
    const folded = (x: tf.Tensor, w: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
      foldedConv(
        { 'c.weight': w, 'n.weight': g, 'n.bias': b },
        { 'n.running_mean': mean, 'n.running_var': variance },
        x as tf.Tensor4D,
        spec,
      );
    const apart = (x: tf.Tensor, w: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
      const padded = tf.pad(x as tf.Tensor4D, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]);
      const y = tf.conv2d(padded, w as tf.Tensor4D, 2, 'valid');
      return y.sub(mean).div(variance.add(1e-5).sqrt()).mul(g).add(b);
    };
    const run = (f: typeof folded | typeof apart) =>
      tf.tidy(() => {
        const { value, grads } = tf.valueAndGrads(
          (...[x, w, g, b]: tf.Tensor[]) => f(x!, w!, g!, b!) as tf.Tensor,
        )([x, w, gamma, beta], dy);
        return [value, ...grads];
      });
    const [got, wanted] = [run(folded), run(apart)];
    for (const [at, tensor] of got.entries()) {
      const [a, b] = [await floats(tensor), await floats(wanted[at]!)];
      const largest = b.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      const error = a.reduce((max, v, i) => Math.max(max, Math.abs(v - b[i]!)), 0);
      expect(error / largest, `output ${at}`).toBeLessThan(1e-5);
    }
    tf.dispose([x, w, gamma, beta, mean, variance, dy, got, wanted]);
  });
});
