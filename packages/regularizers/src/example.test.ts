import { readFileSync } from 'node:fs';
import { createRng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { type Program, train } from '../examples/training-loop.js';
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

function withVariables(): Program & { untouched: tf.Variable[] } {
  const variable = (shape: number[], seed: number) => tf.variable(randomTensor(shape, seed).mul(0.3));
  const [kernel, old, fresh] = [variable([6, 5], 1), variable([5, 7], 2), variable([5, 3], 3)];
  const start = tf.variable(kernel.clone());
  const features = (weights: tf.Variable) => (images: tf.Tensor) =>
    tf.relu(tf.matMul(images as tf.Tensor2D, weights as unknown as tf.Tensor2D));
  return {
    frozen: features(start),
    backbone: features(kernel),
    oldHead: (pool) => tf.matMul(pool as tf.Tensor2D, old as unknown as tf.Tensor2D),
    newHead: (pool) => tf.matMul(pool as tf.Tensor2D, fresh as unknown as tf.Tensor2D),
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
  const variablesOf = (model: tf.Sequential) => model.weights.map((weight) => weight.read() as tf.Variable);
  return {
    frozen: run(frozen),
    backbone: run(backbone),
    oldHead: (pool) => run(oldHead)(pool) as tf.Tensor2D,
    newHead: run(newHead),
    trained: [...variablesOf(backbone), ...variablesOf(newHead)],
    batches: epochs,
    untouched: [...variablesOf(frozen), ...variablesOf(oldHead)],
  };
}

describe('the example loop', () => {
  it('is the one in the README, in 15 lines', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const source = readFileSync(new URL('../examples/training-loop.ts', import.meta.url), 'utf8');
    const loop = source.slice(source.indexOf('export function*'), source.indexOf('\n}\n') + 2);
    expect(loop.split('\n').length).toBeLessThanOrEqual(15);
    expect(readme).toContain(loop);
  });

  it.each([
    { name: 'variables', make: withVariables },
    { name: 'tf.layers models', make: withLayers },
  ])('trains $name; teacher and old head stay as they are, and nothing leaks', async ({ make }) => {
    const program = make();
    const before = await Promise.all(program.untouched.map(floats));
    const start = await Promise.all(program.trained.map(floats));
    const losses: number[] = [];
    let tensors: number | undefined;
    for (const loss of train(program)) {
      losses.push(await scalarValue(loss));
      loss.dispose();
      tensors ??= tf.memory().numTensors;
      expect(tf.memory().numTensors).toBe(tensors);
    }
    expect(losses).toHaveLength(epochs.length);
    expect(mean(losses.slice(-12))).toBeLessThan(0.8 * mean(losses.slice(0, 12)));
    for (const [at, variable] of program.untouched.entries()) await expectValues(variable, before[at]!, 0);
    const moved = await Promise.all(program.trained.map(floats));
    expect(moved[0]).not.toEqual(start[0]);
    expect(moved.at(-1)).not.toEqual(start.at(-1));
  });
});
