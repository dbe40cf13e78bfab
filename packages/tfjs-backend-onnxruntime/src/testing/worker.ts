import { parentPort, workerData } from 'node:worker_threads';
import type { Tensor4D } from '@tensorflow/tfjs';
import { registerOnnxRuntimeBackend } from '../index.js';
import { tf } from './tf.js';

const { threads } = workerData as { threads: number };
registerOnnxRuntimeBackend({ intraOpThreads: threads });
await tf.setBackend('onnxruntime');
const x = tf.ones([1, 6, 6, 16]) as Tensor4D;
const sum = tf
  .grad((t) =>
    tf
      .conv2d(t as Tensor4D, tf.ones([3, 3, 16, 16]), 1, 'same')
      .relu()
      .sum(),
  )(x)
  .sum();
parentPort?.postMessage({ backend: tf.getBackend(), sum: sum.dataSync()[0] });
