import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { BACKEND_NAME } from './index.js';
import { generator, randomTensor, relativeError } from './testing/compare.js';
import { inMode } from './testing/in-mode.js';
import { tf } from './testing/tf.js';

const SHAPE = [2, 4, 4, 16];
const PAD: [[0, 0], [1, 1], [1, 1], [0, 0]] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

type Step = (a: Tensor, b: Tensor, seed: number) => Tensor;

/** Steps that keep the shape and the scale, so that they can follow each other in any order. */
const STEPS: readonly Step[] = [
  (a, _, seed) => tf.conv2d(a as Tensor4D, kernel(3, seed), 1, 'same'),
  (a, _, seed) => tf.conv2d(a as Tensor4D, kernel(1, seed), 1, 'same'),
  (a, _, seed) => a.add(bias(seed)),
  (a, b, seed) =>
    a
      .reshape([32, 16])
      .matMul(kernel(1, seed).reshape([16, 16]))
      .add(b.reshape([32, 16]))
      .reshape(SHAPE),
  (a, b, seed) => {
    const [x, w] = [tf.pad(a as Tensor4D, PAD), kernel(3, seed)];
    const loss = (x: Tensor, w: Tensor) =>
      tf
        .conv2d(x as Tensor4D, w as Tensor4D, 1, 'valid')
        .add(b)
        .relu()
        .square();
    const [dx, dw] = tf.grads(loss)([x, w]) as [Tensor, Tensor];
    return tf.slice(dx, [0, 1, 1, 0], SHAPE).add(a).add(dw.sum()).tanh();
  },
  (a) => a.sigmoid(),
  (a) => tf.avgPool(a as Tensor4D, 3, 1, 'same'),
  (a, b) => a.add(b).mul(0.5),
  (a, b) => a.sub(b).mul(0.5),
  (a) => a.relu(),
  (a) => a.step().sub(0.5),
  (a) => a.tanh(),
  (a, _, seed) => tf.conv2d(tf.pad(a as Tensor4D, PAD), kernel(3, seed), 1, 'valid').add(bias(seed)),
  (a, b, seed) =>
    tf
      .conv2d(a as Tensor4D, kernel(1, seed), 1, 'same')
      .add(bias(seed))
      .add(b)
      .relu(),
  (a, b, seed) =>
    tf
      .conv2d(tf.pad(a as Tensor4D, PAD), kernel(3, seed), 1, 'valid')
      .add(b)
      .relu()
      .tanh(),
  (a, _, seed) => {
    const w = kernel(3, seed);
    return tf
      .grad((x) => tf.conv2d(x as Tensor4D, w, 1, 'same').square())(a)
      .tanh();
  },
  (a, b) => a.mul(tf.mean(b, [0, 1, 2])).add(tf.max(b)),
  (a) => tf.maxPool(a as Tensor4D, 3, 1, 'same'),
  (a) => a.reshape([8, 64]).softmax().mul(8).reshape(SHAPE),
  (a) => tf.reverse(a, 1),
  (a, b) =>
    tf.concat([tf.slice(a, [0, 0, 0, 0], [1, 4, 4, 16]), tf.slice(b, [1, 0, 0, 0], [1, 4, 4, 16])], 0),
  (a) => tf.transpose(a, [0, 2, 1, 3]),
];

const kernel = (size: number, seed: number) => randomTensor([size, size, 16, 16], seed).mul(0.1) as Tensor4D;
const bias = (seed: number) => randomTensor([16], seed + 1).mul(0.1);

/** A random program: it computes, disposes and reads in random order, and returns all it read. */
function runProgram(backend: string, seed: number, isReading: boolean, extraReads = 0): Float32Array[] {
  const before = tf.getBackend();
  const extra = generator(seed + 9);
  tf.setBackend(backend);
  const next = generator(seed);
  const read: Float32Array[] = [];
  const start = tf.memory().numTensors;
  let live: Tensor[] = [randomTensor(SHAPE, seed), randomTensor(SHAPE, seed + 1)];
  const pick = () => live[Math.floor(next() * live.length)]!;
  for (let i = 0; i < 60; i++) {
    const step = STEPS[Math.floor(next() * STEPS.length)]!;
    const [a, b, stepSeed] = [pick(), pick(), Math.floor(next() * 5)];
    live.push(tf.tidy(() => step(a, b, stepSeed)));
    if (extra() < extraReads) live[Math.floor(extra() * live.length)]!.dataSync();
    const [drop, look] = [next(), next()];
    if (live.length > 4 || (live.length > 2 && drop < 0.5))
      live.splice(Math.floor(next() * live.length), 1)[0]!.dispose();
    if (look < 0.15) {
      const target = pick();
      if (isReading) read.push((target.dataSync() as Float32Array).slice());
    }
  }
  if (!isReading) read.length = 0;
  for (const tensor of live) read.push(tensor.dataSync() as Float32Array);
  tf.dispose(live);
  live = [];
  expect(tf.memory().numTensors).toBe(start);
  tf.setBackend(before);
  return read;
}

describe('random programs', () => {
  it.each(Array.from({ length: 12 }, (_, i) => 100 + 7 * i))(
    'seed %i: like the CPU backend, whenever values are read',
    (seed) => {
      const expected = runProgram('cpu', seed, true);
      const actual = runProgram(BACKEND_NAME, seed, true);
      expect(actual.length).toBe(expected.length);
      actual.forEach((values, i) => {
        expect(relativeError(values, expected[i]!)).toBeLessThan(2e-4);
      });
      const last = runProgram(BACKEND_NAME, seed, false);
      last.forEach((values, i) => {
        expect(relativeError(values, expected[expected.length - last.length + i]!)).toBeLessThan(2e-4);
      });
    },
  );
});

const bits = (values: readonly Float32Array[]) =>
  values.map((v) => Array.from(new Uint32Array(v.buffer, v.byteOffset, v.length)));

describe('recorded and immediate execution', () => {
  it.each(Array.from({ length: 25 }, (_, i) => 1000 + 13 * i))(
    'seed %i: the same bits, whatever is read in between',
    (seed) => {
      const immediate = bits(inMode('immediate', () => runProgram(BACKEND_NAME, seed, true)));
      for (const extraReads of [0, 0.3, 1]) {
        const recorded = inMode('recorded', () => runProgram(BACKEND_NAME, seed, true, extraReads));
        expect(bits(recorded)).toEqual(immediate);
      }
    },
  );
});
