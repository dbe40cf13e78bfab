/**
 * Trains a small network for many steps in a process of its own and prints, as JSON, what it holds after the warm-up
 * and at the end. Settings come from the environment.
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from '../index.js';
import { randomTensor } from './compare.js';
import { tf } from './tf.js';

const [warmUp, steps] = [200, 1000];
/** Images, activations and gradients have 200 KB or more each, so one that stayed at each step would show. */
const batch = 16;

await tf.setBackend('onnxruntime');
const backend = tf.backend() as OnnxRuntimeBackend;
const variable = (shape: number[], seed: number) =>
  tf.tidy(() => tf.variable(randomTensor(shape, seed).mul(0.3)));
const parameters = [
  variable([3, 3, 3, 16], 1),
  variable([3, 3, 16, 16], 2),
  variable([16], 3),
  variable([16, 4], 4),
] as const;
let momentum: Tensor[] = parameters.map((parameter) => tf.zerosLike(parameter));
const labels = tf.tidy(() => tf.oneHot(tf.range(0, batch, 1, 'int32').mod(4).toInt(), 4));

function loss(images: Tensor4D): Scalar {
  const [stem, block, bias, dense] = parameters;
  const x = tf
    .conv2d(images, stem as unknown as Tensor4D, 2, 'same')
    .add(bias)
    .relu();
  const y = tf
    .conv2d(x as Tensor4D, block as unknown as Tensor4D, 1, 'same')
    .add(x)
    .relu();
  const pooled = tf.maxPool(y as Tensor4D, 2, 2, 'same').mean<Tensor2D>([1, 2]);
  return tf.losses.softmaxCrossEntropy(labels, pooled.matMul(dense as unknown as Tensor2D)) as Scalar;
}

function step(index: number): Tensor {
  const images = randomTensor([batch, 32, 32, 3], index) as Tensor4D;
  const { value, grads } = tf.variableGrads(() => loss(images), [...parameters]);
  const made = parameters.map((parameter, i) =>
    tf.tidy(() => momentum[i]!.mul(0.9).add(grads[parameter.name]!.mul(0.01))),
  );
  parameters.forEach((parameter, i) => {
    const next = parameter.sub(made[i]!);
    parameter.assign(next);
    next.dispose();
  });
  tf.dispose([images, momentum, grads]);
  momentum = made;
  return value;
}

function reading() {
  global.gc?.();
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { sessions, compilations } = backend.stats();
  const ids = backend.numDataIds();
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    ids,
    sessions,
    compilations,
    rssMB: process.memoryUsage().rss / 2 ** 20,
  };
}

const readings: ReturnType<typeof reading>[] = [];
for (let i = 0; i < steps; i++) {
  const value = step(i);
  const last = i === warmUp - 1 || i === steps - 1;
  if (i % 10 === 0 || last) await value.data();
  value.dispose();
  if (last) readings.push(reading());
}
console.log(JSON.stringify({ warm: readings[0], end: readings[1] }));
