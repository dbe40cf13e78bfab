import { type Params, type RegularizerBatch, tf } from '@syn2real/core';
import { randomTensor } from './tensors.js';

/** Shapes of the anchored parameters that the parameter regularizers are tested on. */
export const SHAPES: Record<string, number[]> = { 'conv1.weight': [3, 3, 2, 4], 'bn1.bias': [4] };

/** A parameter without an anchor. */
export const HEAD = 'fc_new.weight';

/** Random parameters in {@link SHAPES}. */
export function madeParams(seed: number): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape], at) => [name, randomTensor(shape, seed + at)]),
  );
}

/** A network of one convolution; parameters that are not given are those of a seed. `[B, 4, 4, 2]` → `[B, 2, 2, 4]`. */
export function outputMap(params: Params, images: tf.Tensor4D): tf.Tensor4D {
  const parameter = (name: string, seed: number) => params[name] ?? randomTensor(SHAPES[name]!, seed);
  const kernel = parameter('conv1.weight', 1) as tf.Tensor4D;
  return tf.conv2d(images, kernel, 1, 'valid').mul(0.2).add(parameter('bn1.bias', 2));
}

/** The same pooled: `[B, 4, 4, 2]` → `[B, 4]`. */
export function outputVector(params: Params, images: tf.Tensor4D): tf.Tensor2D {
  return outputMap(params, images).mean([1, 2]);
}

/** Images with labels for one of the two outputs, in batches of these sizes, each disposed once the next is wanted. */
export async function* batchesOf(
  sizes: readonly number[],
  output: 'vector' | 'map',
): AsyncGenerator<RegularizerBatch> {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const pixels = await floatsOf(randomTensor([count, 32], 50));
  let start = 0;
  for (const size of sizes) {
    const images = tf.tensor4d(pixels.slice(start * 32, (start + size) * 32), [size, 4, 4, 2]);
    const perImage = output === 'vector' ? 1 : 4;
    const classes = Array.from({ length: size * perImage }, (_, at) => (start * perImage + at) % 5);
    const known = classes.map((label) => (label === 4 ? 255 : label)); // 255: ignored
    const labels = tf.tensor(known, output === 'vector' ? [size] : [size, 2, 2], 'int32');
    start += size;
    yield { images, labels };
    tf.dispose([images, labels]);
  }
}

async function floatsOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
}
