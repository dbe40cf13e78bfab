/**
 * Times a ResNet training step (forward, backward, SGD with momentum) on the backend; prints one JSON line.
 *
 *   node --conditions=@syn2real/source --import tsx packages/tfjs-backend-onnxruntime/bench/step.ts \
 *     resnet101|resnet50|resnet18|small [batch=4] [steps=8]
 */
import '../src/index.js';
import type { OnnxRuntimeBackend } from '../src/index.js';
import { IMAGENET, resnet, SMALL, trainer } from './resnet.js';
import { tf } from './tf.js';

const [name = 'resnet101', batchText = '4', stepsText = '8'] = process.argv.slice(2);
const [batch, steps] = [Number(batchText), Number(stepsText)];
const shape = name === 'small' ? SMALL : IMAGENET[name];
if (shape === undefined)
  throw new Error(`Unknown network ${name}; known: small, ${Object.keys(IMAGENET).join(', ')}`);
const size = name === 'small' ? 28 : 224;

await tf.setBackend(process.env.BENCH_BACKEND ?? 'onnxruntime');
const net = resnet(shape);
const { step } = trainer(net);
const images = tf.keep(tf.randomUniform([batch, size, size, 3], -1, 1, 'float32', 7)) as Parameters<
  typeof step
>[0];
const labels = tf.keep(
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % shape.classes),
      'int32',
    ),
    shape.classes,
  ),
);

const times: number[] = [];
let previousRunMs = 0;
const losses: number[] = [];
const cpuTimes: number[] = [];
for (let i = 0; i < steps; i++) {
  const start = performance.now();
  const used = process.cpuUsage();
  losses.push(step(images, labels));
  times.push(performance.now() - start);
  if (process.env.BENCH_VERBOSE) {
    const { runMs } = (tf.backend() as OnnxRuntimeBackend).stats();
    console.error(times.at(-1), 'outside ONNX Runtime', times.at(-1)! - (runMs - previousRunMs));
    previousRunMs = runMs;
  }
  const { user, system } = process.cpuUsage(used);
  cpuTimes.push((user + system) / 1000);
}
const sorted = (values: readonly number[]) => values.slice(Math.min(2, steps - 1)).sort((a, b) => a - b);
const later = sorted(times);
const laterCpu = sorted(cpuTimes);
const stats = (tf.backend() as Partial<OnnxRuntimeBackend>).stats?.();
console.log(
  JSON.stringify({
    network: name,
    batch,
    engine: tf.getBackend(),
    msPerStep: later[later.length >> 1],
    minMs: later[0],
    firstStepMs: times[0],
    cpuMsPerStep: laterCpu[laterCpu.length >> 1],
    peakRssMB: process.resourceUsage().maxRSS / 1024,
    tensors: tf.memory().numTensors,
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    stats,
  }),
);

tf.removeBackend('onnxruntime');
