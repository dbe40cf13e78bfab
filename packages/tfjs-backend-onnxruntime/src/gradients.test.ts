import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectGradient, generator, randomTensor, valuesOn } from './testing/compare.js';
import { tf } from './testing/tf.js';

const as4D = (x: Tensor) => x as Tensor4D;

describe('where the CPU backend is wrong, by finite differences', () => {
  it.each([
    ['same', 3, 2],
    ['same', 2, 1],
    [1, 3, 1],
    ['valid', 3, 2],
  ] as const)('average pooling with padding %s, size %i, stride %i', (pad, size, stride) => {
    expectGradient((x) => tf.avgPool(as4D(x), size, stride, pad), [2, 7, 6, 4]);
    expectGradient((x) => tf.avgPool(as4D(x), size, stride, pad), [1, 8, 8, 16]);
  });

  it('average pooling with explicit padding has the gradient that TensorFlow.js tests for, over the whole window', () => {
    const pad: [[0, 0], [number, number], [number, number], [0, 0]] = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ];
    const [dx] = valuesOn('onnxruntime', () =>
      tf.grad((x: Tensor) => tf.avgPool(as4D(x), 3, 1, pad))(tf.ones([1, 3, 3, 1])),
    );
    const expected = [4, 6, 4, 6, 9, 6, 4, 6, 4].map((windows) => windows / 9);
    expected.forEach((value, i) => {
      expect(dx!.values[i]).toBeCloseTo(value, 6);
    });
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('resizing, alignCorners %s, halfPixelCenters %s', (align, half) => {
    for (const size of [
      [9, 11],
      [4, 3],
    ] as [number, number][]) {
      expectGradient((x) => tf.image.resizeBilinear(as4D(x), size, align, half), [2, 6, 5, 3]);
      expectGradient((x) => tf.image.resizeNearestNeighbor(as4D(x), size, align, half), [2, 6, 5, 3]);
    }
  });
});

describe('gradients by finite differences', () => {
  it.each([
    ['same', 1, 16],
    ['same', 2, 16],
    ['valid', 2, 5],
    [1, 1, 32],
  ] as const)('convolution of the input, padding %s, stride %i, %i channels', (pad, stride, channels) => {
    const w = tf.randomNormal([3, 3, channels, 16], 0, 0.2, 'float32', 3) as Tensor4D;
    expectGradient((x) => tf.conv2d(as4D(x), w, stride, pad), [1, 7, 9, channels]);
    const image = tf.randomNormal([2, 7, 9, channels], 0, 1, 'float32', 4) as Tensor4D;
    expectGradient((k) => tf.conv2d(image, as4D(k), stride, pad), [3, 3, channels, 16]);
  });

  it('softmax cross-entropy, batchNorm, matMul, mean', () => {
    const labels = tf.oneHot(tf.tensor1d([1, 3, 0], 'int32'), 5);
    expectGradient((x) => tf.losses.softmaxCrossEntropy(labels, x.mul(3)), [3, 5]);
    const mean = tf.tensor1d([0.1, -0.2, 0.3, 0]);
    const variance = tf.tensor1d([0.5, 1, 2, 0.7]);
    expectGradient((x) => tf.batchNorm(x, mean, variance, mean.add(1), variance), [6, 4]);
    expectGradient((x) => tf.matMul(x, tf.randomNormal([4, 3], 0, 1, 'float32', 5)).tanh(), [6, 4]);
    expectGradient((x) => tf.mean(x.square(), [1, 2]), [2, 5, 5, 16]);
  });

  it('through a 0.5-scaled leaky path: elu, sigmoid, softplus', () => {
    expectGradient((x) => tf.elu(x).add(tf.sigmoid(x)).mul(tf.softplus(x)), [5, 7]);
  });
});

/** Values apart from each other and from 0, so that no maximum, and no bend, is crossed by a small step. */
function spread(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const order = tf.util.createShuffledIndices(size);
  const next = generator(seed);
  const values = Float32Array.from(order, (place) => (place + 0.6 + 0.3 * next()) / size - 0.5);
  return tf.tensor(values, [...shape]);
}

/** Pooling is piecewise linear: around spread values a small step finds the gradient of the piece. */
function expectPiecewise(f: (x: Tensor) => Tensor, shape: readonly number[], seed: number): void {
  const size = shape.reduce((a, b) => a * b, 1);
  const step = 0.05 / size;
  const run = (compute: () => Tensor) => valuesOn('onnxruntime', compute)[0]!;
  const base = Float32Array.from(run(() => spread(shape, seed)).values);
  const input = () => tf.tensor(base, [...shape]);
  const y = run(() => f(input()));
  const r = Float32Array.from(run(() => randomTensor(y.shape, seed + 1)).values);
  const dx = run(() => tf.grad((x: Tensor) => f(x))(input(), tf.tensor(r, y.shape))).values;
  const d = Float32Array.from(run(() => randomTensor(shape, seed + 2)).values);
  const at = (sign: number) =>
    run(() =>
      f(
        tf.tensor(
          base.map((v, i) => v + sign * step * d[i]!),
          [...shape],
        ),
      ),
    ).values;
  const [up, down] = [at(1), at(-1)];
  let [numeric, analytic, scale] = [0, 0, 1];
  for (let i = 0; i < r.length; i++) numeric += ((up[i]! - down[i]!) / (2 * step)) * r[i]!;
  for (let i = 0; i < size; i++) {
    analytic += dx[i]! * d[i]!;
    scale += Math.abs(dx[i]! * d[i]!);
  }
  expect(Math.abs(numeric - analytic) / scale).toBeLessThan(5e-3);
}

describe('gradients by finite differences, generated', () => {
  const next = generator(17);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!;

  it.each(
    Array.from({ length: 24 }, (_, i) => ({
      shape: [pick([1, 2]), pick([5, 6, 7]), pick([5, 8]), pick([1, 3, 16])],
      size: pick([2, 3]),
      stride: pick([1, 2, 3]),
      pad: pick(['same', 'valid', 1] as const),
      seed: i + 1,
    })),
  )(
    'maximum pooling $shape, size $size, stride $stride, padding $pad',
    ({ shape, size, stride, pad, seed }) => {
      expectPiecewise((x) => tf.maxPool(as4D(x), size, stride, pad), shape, seed);
    },
  );

  it.each([
    [
      'pad',
      (x: Tensor) =>
        tf.pad(as4D(x), [
          [0, 0],
          [1, 2],
          [0, 3],
          [0, 0],
        ]),
    ],
    ['slice', (x: Tensor) => tf.slice(as4D(x), [0, 1, 2, 0], [-1, 3, 2, -1])],
    ['concat', (x: Tensor) => tf.concat([as4D(x), as4D(x.square())], 3)],
    ['stack and unstack', (x: Tensor) => tf.stack([...tf.unstack(x, 1)].reverse(), 2)],
    ['split', (x: Tensor) => tf.split(x, [2, 3], 1)[1]!],
    ['transpose', (x: Tensor) => tf.transpose(x.square(), [0, 3, 1, 2])],
    ['reshape', (x: Tensor) => x.square().reshape([-1])],
    ['gather', (x: Tensor) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1)],
    ['tile', (x: Tensor) => tf.tile(x, [1, 2, 1, 1]).square()],
    [
      'sum, mean',
      (x: Tensor) =>
        x
          .square()
          .sum([1])
          .add(x.mean([1])),
    ],
    ['product of matrices, transposed', (x: Tensor) => tf.matMul(as4D(x), as4D(x.square()), false, true)],
    ['broadcast sums and products', (x: Tensor) => x.mul(x.mean([1, 2], true)).sub(x.mean([0], true))],
    ['quotient', (x: Tensor) => x.div(x.square().add(1))],
    ['exponential, logarithm', (x: Tensor) => x.exp().add(1).log()],
    ['roots', (x: Tensor) => x.square().add(0.5).sqrt().add(x.square().add(0.5).rsqrt())],
    ['softmax', (x: Tensor) => tf.softmax(x)],
    ['logarithm of softmax', (x: Tensor) => tf.logSoftmax(x)],
    ['powers', (x: Tensor) => x.add(2).pow(3).mul(0.1)],
    ['tanh, sigmoid', (x: Tensor) => x.tanh().add(x.sigmoid())],
    [
      'batch normalisation',
      (x: Tensor) => tf.batchNorm(as4D(x), [0.1, -0.2, 0.3], [0.5, 1, 2], [1, 2, 3], [0.7, 1, 2]),
    ],
  ] as [string, (x: Tensor) => Tensor][])('%s, batch 1 and odd sizes', (_, f) => {
    expectGradient(f, [1, 5, 7, 3]);
    expectGradient(f, [2, 5, 4, 3], { seed: 5 });
  });
});

describe('maximum pooling gradient', () => {
  it('ties go to the first maximum, negative maxima get their gradient', () => {
    const x = () => tf.tensor4d([-2, -1, -1, -3, -1, -5, -4, -1, -9], [1, 3, 3, 1]);
    const [dx] = valuesOn('onnxruntime', () =>
      tf.grad((t: Tensor) => tf.maxPool(as4D(t), 2, 1, 'valid'))(x()),
    );
    // Windows {-2,-1,-3,-1}, {-1,-1,-1,-5}, {-3,-1,-4,-1}, {-1,-5,-1,-9}: the first -1 of each.
    expect(Array.from(dx!.values)).toEqual([0, 2, 0, 0, 2, 0, 0, 0, 0]);
  });
});
