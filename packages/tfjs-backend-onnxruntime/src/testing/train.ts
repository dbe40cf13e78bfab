/** Trains a small network and prints the losses and the parameters as JSON; the settings come from the environment. */
import type { Scalar, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { randomTensor } from './compare.js';
import { tf } from './tf.js';

await tf.setBackend('onnxruntime');
const variable = (shape: number[], seed: number) =>
  tf.variable(randomTensor(shape, seed).mul(0.3)) as Variable;
const [stem, wide, shortcut] = [
  variable([3, 3, 3, 16], 1),
  variable([3, 3, 16, 32], 2),
  variable([1, 1, 16, 32], 3),
];
const [bias, dense] = [variable([32], 4), variable([32, 4], 5)];
const images = randomTensor([4, 12, 12, 3], 6) as Tensor4D;
const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 4);

function loss(): Scalar {
  const x = tf.conv2d(images, stem as Tensor4D, 1, 'same').relu();
  const pooled = tf.maxPool(x as Tensor4D, 3, 2, 'same');
  const block = tf.conv2d(pooled as Tensor4D, wide as Tensor4D, 2, 'same').add(bias);
  const around = tf.conv2d(pooled as Tensor4D, shortcut as Tensor4D, 2, 'same');
  const features: Tensor = block.add(around).relu().mean([1, 2]);
  return tf.losses.softmaxCrossEntropy(labels, features.matMul(dense as Tensor2D)) as Scalar;
}

const optimizer = tf.train.momentum(0.05, 0.9);
const losses: number[] = [];
for (let step = 0; step < 5; step++) {
  const value = optimizer.minimize(loss, true)!;
  losses.push(value.dataSync()[0]!);
  value.dispose();
}
const parameters = [stem, wide, shortcut, bias, dense].flatMap((v) => [...v.dataSync()]);
console.log(JSON.stringify({ losses, parameters }));
