/**
 * A plain training loop. Of this package it knows the import and the backend's name alone:
 * `npx tsx examples/loop.ts cpu` trains the same network on TensorFlow.js's own backend.
 */
import * as tf from '@tensorflow/tfjs';
import '@syn2real/tfjs-backend-onnxruntime';
import { stripes } from './stripes.js';

await tf.setBackend(process.argv[2] ?? 'onnxruntime');

const { images, labels } = stripes();
const kernel = tf.variable(tf.truncatedNormal([3, 3, 1, 16], 0, 0.3, 'float32', 1) as tf.Tensor4D);
const bias = tf.variable(tf.zeros([16]));
const dense = tf.variable(tf.truncatedNormal([16, 2], 0, 0.3, 'float32', 2) as tf.Tensor2D);
const predict = () => {
  const features = tf.conv2d(images, kernel, 1, 'same').add(bias).relu() as tf.Tensor4D;
  return tf.maxPool(features, 2, 2, 'valid').mean<tf.Tensor2D>([1, 2]).matMul(dense);
};

const optimizer = tf.train.momentum(0.1, 0.9);
let last = Number.NaN;
for (let step = 0; step < 20; step++) {
  const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, predict()), true);
  [last = Number.NaN] = loss?.dataSync() ?? [];
  loss?.dispose();
}
const right = tf.tidy(() => predict().argMax(1).equal(labels.argMax(1)).mean());
console.log(JSON.stringify({ backend: tf.getBackend(), loss: last, accuracy: right.dataSync()[0] }));
