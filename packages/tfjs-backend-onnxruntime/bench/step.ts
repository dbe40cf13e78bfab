/**
 * Times steps of one workload in this process; prints one JSON line.
 *
 *   node "$(node bench/build.mjs)" '{"network":"resnet101","batch":4}' [steps=8]
 *
 * The settings are those of settings.ts. With BENCH_TFJS_NODE=folder tfjs-node is measured instead.
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from '../src/index.js';
import { fcn8s } from './fcn.js';
import { FCN_CLASSES } from './fcn-shape.js';
import { gemmPeak } from './gemm-peak.js';
import { otherLoad } from './other-load.js';
import { createParameters } from './parameters.js';
import { resnet } from './resnet.js';
import { RESNETS } from './resnet-shape.js';
import { imageSize, type Settings, settingsOf } from './settings.js';
import { sgd } from './sgd.js';
import { tf } from './tf.js';

const [given = '{}', stepsText = '8'] = process.argv.slice(2);
const settings = settingsOf(JSON.parse(given) as Partial<Settings>);
const isTfjsNode = process.env.BENCH_TFJS_NODE !== undefined;
if (isTfjsNode) await tf.setBackend('tensorflow');
else {
  await import('../src/index.js');
  await tf.setBackend(process.env.BENCH_BACKEND ?? 'onnxruntime');
}

const [height, width] = imageSize(settings);
/** Two batches in turn: what depends on the images must be computed in each step. */
const batches = [7, 8].map(
  (seed) =>
    tf.keep(
      tf.randomUniform([settings.batch, height, width, 3], -1, 1, 'float32', seed),
    ) as Tensor as Tensor4D,
);
let images = batches[0]!;

/** One-hot rows i mod classes. */
const labelsOf = (rows: number, classes: number): Tensor2D =>
  tf.keep(
    tf.tidy(() =>
      tf.oneHot(
        tf.tensor1d(
          Array.from({ length: rows }, (_, i) => i % classes),
          'int32',
        ),
        classes,
      ),
    ),
  ) as Tensor2D;

function forward(logits: () => Tensor): () => number {
  // Read outside the tidy scope: inside, every intermediate tensor is still alive, and so a result of the graph.
  return () => {
    const total = tf.tidy(() => logits().sum());
    const read = total.dataSync()[0]!;
    total.dispose();
    return read;
  };
}

function classification(): () => number {
  const shape = RESNETS[settings.network as keyof typeof RESNETS];
  const parameters = createParameters();
  const network = resnet(shape, parameters, settings.norm);
  const addDense = (name: string, from: number, to: number) => {
    parameters.addNormal(`${name}.weight`, [from, to], 0.01);
    parameters.add(`${name}.bias`, () => tf.zeros([to]));
  };
  const dense = (name: string, x: Tensor2D, from = parameters): Tensor2D =>
    tf.add(
      tf.matMul(x, from.get(`${name}.weight`) as Tensor as Tensor2D),
      from.get(`${name}.bias`) as Tensor,
    );
  addDense('fc', network.channels, shape.classes);
  const crossEntropy = (labels: Tensor2D, logits: Tensor2D) =>
    tf.losses.softmaxCrossEntropy(labels, logits) as Scalar;

  if (settings.mode === 'forward') return forward(() => dense('fc', network.features(images)));
  if (settings.teacher === 'none') {
    const labels = labelsOf(settings.batch, shape.classes);
    return sgd(parameters.trained(settings.frozen), () =>
      crossEntropy(labels, dense('fc', network.features(images))),
    );
  }
  // Proxy guidance: the old head stays as it is, gradients flow through it; a new head learns the 12 classes.
  addDense('new.0', network.channels, 512);
  addDense('new.1', 512, 12);
  const labels = labelsOf(settings.batch, 12);
  const old = createParameters('teacher.');
  const teacher = resnet(shape, old, settings.norm);
  for (const part of ['weight', 'bias']) old.add(`fc.${part}`, () => parameters.get(`fc.${part}`).clone());
  const outputs = () => tf.tidy(() => tf.softmax(dense('fc', teacher.features(images), old)));
  const kept = new Map<Tensor4D, Tensor2D>();
  if (settings.teacher === 'cached') {
    for (const batch of batches) {
      images = batch;
      kept.set(batch, tf.keep(outputs()));
      kept.get(batch)!.dataSync();
    }
  }
  let expected: Tensor2D;
  const step = sgd(parameters.trained([...settings.frozen, 'fc']), () => {
    const features = network.features(images);
    const task = crossEntropy(labels, dense('new.1', tf.relu(dense('new.0', features))));
    const difference = expected
      .add(1e-30)
      .log()
      .sub(tf.logSoftmax(dense('fc', features)));
    const divergence = expected.mul(difference).sum().div(settings.batch);
    return task.add(divergence.mul(0.1)) as Scalar;
  });
  return () => {
    expected = kept.get(images) ?? outputs();
    const loss = step();
    if (!kept.has(images)) expected.dispose();
    return loss;
  };
}

function segmentation(): () => number {
  const parameters = createParameters();
  const logits = fcn8s(parameters);
  if (settings.mode === 'forward') return forward(() => logits(images));
  const pixels = settings.batch * height * width;
  const labels = labelsOf(pixels, FCN_CLASSES);
  return sgd(
    parameters.trained(settings.frozen),
    () => tf.losses.softmaxCrossEntropy(labels, logits(images).reshape([pixels, FCN_CLASSES])) as Scalar,
  );
}

const peak = gemmPeak();
const step = settings.network === 'fcn8s' ? segmentation() : classification();
const times: number[] = [];
const busy: number[] = [];
const losses: number[] = [];
for (let i = 0; i < Number(stepsText); i++) {
  const load = otherLoad();
  const start = performance.now();
  images = batches[i % batches.length]!;
  losses.push(step());
  times.push(performance.now() - start);
  busy.push(load());
}
const peakRssMB = process.resourceUsage().maxRSS / 1024;
const stats = (tf.backend() as Partial<OnnxRuntimeBackend>).stats?.();
console.log(
  JSON.stringify({
    device: 'cpu',
    times,
    otherLoad: busy,
    peakRssMB,
    gemmPeak: peak,
    tensors: tf.memory().numTensors,
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    stats,
  }),
);
if (!isTfjsNode) tf.removeBackend(tf.getBackend());
