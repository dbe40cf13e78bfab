import { readFileSync } from 'node:fs';
import { createRng, disposeParams, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { train as trainAnchored } from '../examples/anchored-loop.js';
import { train as trainPath } from '../examples/path-loop.js';
import type { Program } from '../examples/program.js';
import { train as trainGuided } from '../examples/training-loop.js';
import {
  denseProxyGuidance,
  ewc,
  featureDistillation,
  l2Distance,
  l2Sp,
  learningWithoutForgetting,
  mas,
  proxyGuidance,
  road,
  si,
} from './index.js';
import { expectValues, floats, randomTensor, scalarValue } from './testing/tensors.js';

const rng = createRng(4);
const batches = Array.from({ length: 12 }, () => {
  const classes = Array.from({ length: 8 }, () => rng.integer(3));
  const values = classes.flatMap((c) =>
    Array.from({ length: 6 }, (_, at) => rng.normal() + (at % 3 === c ? 2 : 0)),
  );
  return { images: tf.tensor2d(values, [8, 6]), labels: tf.oneHot(classes, 3).cast('float32') };
});

const epochs = Array.from({ length: 6 }, () => batches).flat();
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pooled features, and a map of one position. */
const withMap = (pool: tf.Tensor) => ({ pool, layer4: pool.reshape([-1, 1, 1, pool.shape[1]!]) });

function withVariables(): Program & { untouched: tf.Variable[] } {
  const variable = (shape: number[], seed: number) => tf.variable(randomTensor(shape, seed).mul(0.3));
  const [kernel, old, fresh] = [variable([6, 5], 1), variable([5, 7], 2), variable([5, 3], 3)];
  const start = tf.variable(kernel.clone());
  const features = (weights: tf.Variable) => (images: tf.Tensor) =>
    withMap(tf.relu(tf.matMul(images as tf.Tensor2D, weights as unknown as tf.Tensor2D)));
  return {
    frozen: features(start),
    backbone: features(kernel),
    oldHead: (pool) => tf.matMul(pool as tf.Tensor2D, old as unknown as tf.Tensor2D),
    newHead: (pool) => tf.matMul(pool as tf.Tensor2D, fresh as unknown as tf.Tensor2D),
    anchored: [kernel],
    trained: [kernel, fresh],
    batches: epochs,
    untouched: [start, old],
  };
}

function withLayers(): Program & { untouched: tf.Variable[] } {
  const dense = (inputs: number, units: number, seed: number, activation?: 'relu') => {
    const kernelInitializer = tf.initializers.glorotUniform({ seed });
    const layer = tf.layers.dense({
      units,
      inputShape: [inputs],
      kernelInitializer,
      ...(activation && { activation }),
    });
    return tf.sequential({ layers: [layer] });
  };
  const [backbone, frozen] = [dense(6, 5, 1, 'relu'), dense(6, 5, 1, 'relu')];
  frozen.setWeights(backbone.getWeights());
  const [oldHead, newHead] = [dense(5, 7, 2), dense(5, 3, 3)];
  const run = (model: tf.Sequential) => (x: tf.Tensor) => model.apply(x) as tf.Tensor;
  const features = (model: tf.Sequential) => (x: tf.Tensor) => withMap(run(model)(x));
  const variablesOf = (model: tf.Sequential) => model.weights.map((weight) => weight.read() as tf.Variable);
  return {
    frozen: features(frozen),
    backbone: features(backbone),
    oldHead: (pool) => run(oldHead)(pool) as tf.Tensor2D,
    newHead: run(newHead),
    anchored: variablesOf(backbone),
    trained: [...variablesOf(backbone), ...variablesOf(newHead)],
    batches: epochs,
    untouched: [...variablesOf(frozen), ...variablesOf(oldHead)],
  };
}

const settings = [
  { name: 'variables', make: withVariables },
  { name: 'tf.layers models', make: withLayers },
];

/** Runs a loop to its end, looking for tensors that stay. */
async function run<R>(losses: AsyncGenerator<tf.Scalar, R> | Generator<tf.Scalar, R>) {
  const values: number[] = [];
  let tensors: number | undefined;
  for (;;) {
    const next = await losses.next();
    if (next.done) return { values, returned: next.value };
    values.push(await scalarValue(next.value));
    next.value.dispose();
    tensors ??= tf.memory().numTensors;
    expect(tf.memory().numTensors).toBe(tensors);
  }
}

async function expectTrained<R>(
  program: ReturnType<typeof withVariables>,
  losses: () => ReturnType<typeof loop<R>>,
) {
  const before = await Promise.all(program.untouched.map(floats));
  const start = await Promise.all(program.trained.map(floats));
  const { values, returned } = await run(losses());
  expect(values).toHaveLength(epochs.length);
  expect(mean(values.slice(-12))).toBeLessThan(0.8 * mean(values.slice(0, 12)));
  for (const [at, variable] of program.untouched.entries()) await expectValues(variable, before[at]!, 0);
  const moved = await Promise.all(program.trained.map(floats));
  expect(moved[0]).not.toEqual(start[0]);
  expect(moved.at(-1)).not.toEqual(start.at(-1));
  return returned;
}

declare function loop<R>(): AsyncGenerator<tf.Scalar, R> | Generator<tf.Scalar, R>;

describe.each([
  ['training-loop', 15],
  ['anchored-loop', 16],
  ['path-loop', 20],
] as const)('the example %s', (file, lines) => {
  it('is the one in the README, and short', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const source = readFileSync(new URL(`../examples/${file}.ts`, import.meta.url), 'utf8');
    const start = source.indexOf('export ');
    const text = source.slice(start, source.indexOf('\n}\n', start) + 2);
    expect(text.split('\n').length).toBeLessThanOrEqual(lines);
    expect(readme).toContain(text);
  });
});

describe.each(settings)('$name are trained with', ({ make }) => {
  it.each([
    proxyGuidance({ weight: 0.1 }),
    denseProxyGuidance({ weight: 0.1, grid: [2, 2] }),
    learningWithoutForgetting({ weight: 0.1 }),
    featureDistillation({ weight: 0.1 }),
    road({ weight: 0.1 }),
  ])('$name', async (regularizer) => {
    const program = make();
    await expectTrained(program, () => trainGuided(program, regularizer));
  });

  it.each(['l2', 'l2-sp', 'ewc', 'mas'] as const)('%s', async (name) => {
    const program = make();
    const output = (_: unknown, images: tf.Tensor) =>
      program.oldHead(program.backbone(images.reshape([-1, 6])).pool!);
    const regularizer = {
      l2: () => l2Distance(),
      'l2-sp': () => l2Sp(),
      ewc: () => ewc({ weight: 1, logits: output }),
      mas: () => mas({ weight: 0.01, output }),
    }[name]();
    async function* samples() {
      yield { images: batches[0]!.images.reshape<tf.Tensor4D>([8, 1, 2, 3]) };
    }
    disposeParams(await expectTrained(program, () => trainAnchored(program, regularizer, samples())));
  });

  it('si', async () => {
    const program = make();
    const state = await expectTrained(program, () => trainPath(program, si({ weight: 0.1 })));
    const importance = await floats(state[`importance/${program.anchored[0]!.name}`]!);
    expect(Math.max(...importance)).toBeGreaterThan(0);
    disposeParams(state);
  });
});
