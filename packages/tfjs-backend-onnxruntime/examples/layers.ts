/**
 * A `tf.layers` model. Of this package it knows the import and the backend's name alone:
 * `npx tsx examples/layers.ts cpu` trains the same model on TensorFlow.js's own backend.
 */
import * as tf from '@tensorflow/tfjs';
import '@syn2real/tfjs-backend-onnxruntime';
import { stripes } from './stripes.js';

await tf.setBackend(process.argv[2] ?? 'onnxruntime');

const init = (seed: number) => tf.initializers.heNormal({ seed });
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({
      filters: 16,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [12, 12, 1],
      kernelInitializer: init(1),
    }),
    tf.layers.batchNormalization(),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 2, activation: 'softmax', kernelInitializer: init(2) }),
  ],
});
model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const { images, labels } = stripes();
const { history } = await model.fit(images, labels, { epochs: 5, batchSize: 16, shuffle: false, verbose: 0 });
console.log(
  JSON.stringify({ backend: tf.getBackend(), loss: history.loss?.at(-1), accuracy: history.acc?.at(-1) }),
);
