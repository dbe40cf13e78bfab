/** Trains a plain loop and a tf.layers model; nothing but the backend's name differs from any TensorFlow.js code. */
import * as namespace from '@tensorflow/tfjs';
import '@syn2real/tfjs-backend-onnxruntime';

const tf = (namespace as { default?: typeof namespace }).default ?? namespace;

await tf.setBackend('onnxruntime');

const kernel = tf.variable(tf.randomNormal([3, 3, 16, 32], 0, 0.1)) as unknown as namespace.Tensor4D;
const images = tf.randomUniform([8, 28, 28, 16]) as namespace.Tensor4D;
const optimizer = tf.train.momentum(0.01, 0.9);
for (let step = 0; step < 10; step++) {
  const loss = optimizer.minimize(
    () => tf.conv2d(images, kernel, 1, 'same').relu().square().mean().asScalar(),
    true,
  );
  console.log(step, loss?.dataSync()[0]);
  loss?.dispose();
}

const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
const labels = tf.oneHot(
  tf.tensor1d(
    Array.from({ length: 64 }, (_, i) => i % 10),
    'int32',
  ),
  10,
);
const history = await model.fit(tf.randomUniform([64, 28, 28, 1]), labels, { epochs: 2, verbose: 0 });
console.log('tf.layers loss', history.history.loss);
