import { describe, expect, it } from 'vitest';
import { createRng } from '../rng/rng.js';
import { tf } from '../tf.js';
import { avgPool } from './avg-pool.js';
import { conv2d } from './conv2d.js';
import type { Padding, PerAxis } from './padding.js';
import { resizeBilinear, resizeNearest } from './resize.js';

type Shape4D = [number, number, number, number];

const random = (shape: Shape4D, seed: number): tf.Tensor4D => {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => rng.uniform() * 2 - 1),
    shape,
  );
};

/** Asserts d/dε Σ f(x + ε·d)·r = Σ f'(x)·d·r along random directions; exact up to rounding where f is linear. */
function expectGradient(f: (x: tf.Tensor4D) => tf.Tensor, shape: Shape4D, seed = 1): void {
  tf.tidy(() => {
    const x = random(shape, seed);
    const y = f(x);
    const r = random([1, 1, 1, y.size], seed + 1).reshape(y.shape);
    const gradient = tf.grad((input: tf.Tensor) => f(input as tf.Tensor4D))(x, r);
    expect(gradient.shape).toEqual(shape);
    const weights = r.dataSync<'float32'>();
    const dot = (values: tf.Tensor, other: Float32Array) =>
      values.dataSync<'float32'>().reduce((sum, value, i) => sum + value * other[i]!, 0);
    for (const direction of [7, 8]) {
      const d = random(shape, seed + direction);
      const analytic = dot(gradient, d.dataSync<'float32'>());
      const step = 0.5;
      const numeric =
        (dot(f(x.add(d.mul(step))), weights) - dot(f(x.sub(d.mul(step))), weights)) / (2 * step);
      const scale = Math.sqrt(y.size * Math.max(1, y.size / 8)) * 0.3 + Math.abs(numeric);
      expect(Math.abs(analytic - numeric) / scale, `${analytic} instead of ${numeric}`).toBeLessThan(2e-5);
    }
  });
}

interface ConvCase {
  x: Shape4D;
  kernel: readonly [number, number];
  outputs: number;
  strides: PerAxis;
  padding: Padding;
  dilations: PerAxis;
}

/** Every stride, padding and dilation; odd and even sizes, batch 1, channels on and off a block of 16. */
function convCases(): ConvCase[] {
  const rng = createRng(3);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(rng.uniform() * values.length)]!;
  const cases: ConvCase[] = [];
  for (const strides of [1, 2, 3, [2, 1]] as const) {
    for (const padding of [
      'valid',
      'same',
      1,
      2,
      [
        [0, 2],
        [1, 0],
      ],
    ] as Padding[]) {
      for (const dilations of [1, 2, 3, [1, 2]] as const) {
        cases.push({
          x: [pick([1, 2]), pick([9, 10, 11]), pick([9, 12]), pick([1, 3, 16])],
          kernel: [pick([1, 2, 3, 3]), pick([3, 3, 2])],
          outputs: pick([1, 4, 16]),
          strides,
          padding,
          dilations,
        });
      }
    }
  }
  return cases;
}

const text = (c: ConvCase) =>
  `[${c.x}] * ${c.kernel.join('x')} -> ${c.outputs}, strides ${c.strides}, padding ${JSON.stringify(c.padding)}, dilations ${c.dilations}`;

const pair = (value: PerAxis) =>
  (typeof value === 'number' ? [value, value] : value) as readonly [number, number];

/** The definition, in float64. */
function directly(x: tf.Tensor4D, w: tf.Tensor4D, c: ConvCase): { values: number[]; shape: number[] } {
  const [strides, dilations] = [pair(c.strides), pair(c.dilations)];
  const [n, , , ci] = x.shape;
  const [kh, kw, , co] = w.shape;
  const sizes = [x.shape[1], x.shape[2]] as const;
  const taps = [kh, kw] as const;
  const pads = ([0, 1] as const).map((axis) => {
    if (c.padding === 'valid') return [0, 0];
    if (typeof c.padding === 'number') return [c.padding, c.padding];
    if (c.padding !== 'same') return c.padding[axis];
    const out = Math.ceil(sizes[axis] / strides[axis]);
    const total = Math.max(
      0,
      (out - 1) * strides[axis] + (taps[axis] - 1) * dilations[axis] + 1 - sizes[axis],
    );
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  });
  const out = ([0, 1] as const).map((axis) => {
    const reach = (taps[axis] - 1) * dilations[axis] + 1;
    return Math.floor((sizes[axis] + pads[axis]![0]! + pads[axis]![1]! - reach) / strides[axis]) + 1;
  });
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  const values: number[] = [];
  for (let b = 0; b < n; b++)
    for (let i = 0; i < out[0]!; i++)
      for (let j = 0; j < out[1]!; j++)
        for (let o = 0; o < co; o++) {
          let sum = 0;
          for (let r = 0; r < kh; r++)
            for (let q = 0; q < kw; q++) {
              const row = i * strides[0] + r * dilations[0] - pads[0]![0]!;
              const column = j * strides[1] + q * dilations[1] - pads[1]![0]!;
              if (row < 0 || row >= sizes[0] || column < 0 || column >= sizes[1]) continue;
              for (let k = 0; k < ci; k++) {
                sum +=
                  xs[((b * sizes[0] + row) * sizes[1] + column) * ci + k]! *
                  ws[((r * kw + q) * ci + k) * co + o]!;
              }
            }
          values.push(sum);
        }
  return { values, shape: [n, out[0]!, out[1]!, co] };
}

describe('conv2d', () => {
  it.each(convCases().map((c) => [text(c), c] as const))('%s: value and both gradients', (_, c) => {
    const filter: Shape4D = [...c.kernel, c.x[3], c.outputs];
    tf.tidy(() => {
      const [x, w] = [random(c.x, 4), random(filter, 5)];
      const y = conv2d(x, w, c.strides, c.padding, c.dilations);
      const wanted = directly(x, w, c);
      expect(y.shape).toEqual(wanted.shape);
      const largest = wanted.values.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
      y.dataSync().forEach((value, i) => {
        expect(Math.abs(value - wanted.values[i]!) / largest).toBeLessThan(1e-5);
      });
      expectGradient((image) => conv2d(image, w, c.strides, c.padding, c.dilations), c.x);
      expectGradient((kernel) => conv2d(x, kernel, c.strides, c.padding, c.dilations), filter);
    });
  });

  it('has second gradients through dilations, where TensorFlow.js has none on its own backends', () => {
    const w = random([3, 3, 2, 3], 6);
    const image = random([2, 7, 6, 2], 7);
    const dx = (x: tf.Tensor4D) =>
      tf.grad((input: tf.Tensor) => conv2d(input as tf.Tensor4D, w, 1, 2, 2).square())(x);
    const dw = (kernel: tf.Tensor4D) =>
      tf.grad((k: tf.Tensor) => conv2d(image, k as tf.Tensor4D, 2, 2, 2).square())(kernel);
    if (tf.getBackend() === 'onnxruntime') {
      expectGradient(dx, [1, 7, 6, 2]);
      expectGradient(dw, [3, 3, 2, 3]);
    } else {
      expect(() => expectGradient(dw, [3, 3, 2, 3])).toThrow(/gradient function not found/);
    }
  });

  it('names what does not fit', () => {
    const image = tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
    expect(() => conv2d(image, tf.zeros([3, 3, 2, 1]))).toThrow(/\[1,4,4,3\] and \[3,3,2,1\]/);
    expect(() => conv2d(image, tf.zeros([3, 3, 3, 1]), 1, 'valid', 2)).toThrow(/does not fit into the image/);
    expect(() => conv2d(image, tf.zeros([3, 3, 3, 1]), 0)).toThrow(/stride/);
    expect(() => conv2d(image, tf.zeros([3, 3, 3, 1]), 1, -1)).toThrow(/padding/);
  });
});

describe('avgPool', () => {
  it.each([
    [3, 1, 'same'],
    [2, 1, 'same'],
    [3, 2, 'same'],
    [3, 1, 1],
    [3, 2, 1],
    [2, 2, 'valid'],
    [
      [3, 2],
      [1, 2],
      [
        [1, 2],
        [0, 1],
      ],
    ],
    [5, 3, 2],
  ] as [PerAxis, PerAxis, Padding][])('window %j, strides %j, padding %j', (size, strides, padding) => {
    tf.tidy(() => {
      expectGradient((x) => avgPool(x, size, { strides, padding }), [2, 7, 6, 3]);
      expectGradient((x) => avgPool(x, size, { strides, padding }), [1, 8, 9, 16]);
      expectGradient((x) => avgPool(x, size, { strides, padding, countPadding: true }), [1, 7, 6, 3]);
      avgPool(tf.ones([1, 7, 6, 2]), size, { strides, padding })
        .dataSync()
        .forEach((mean) => {
          expect(mean).toBeCloseTo(1, 6);
        });
    });
  });

  it('divides by the window with countPadding', () => {
    tf.tidy(() => {
      const corners = avgPool(tf.ones([1, 2, 2, 1]), 3, { strides: 1, padding: 1, countPadding: true });
      for (const value of corners.dataSync()) expect(value).toBeCloseTo(4 / 9, 6);
    });
  });

  it('refuses a window in the padding alone', () => {
    expect(() => avgPool(tf.ones([1, 4, 4, 1]), 2, { padding: 2 })).toThrow(/padding alone/);
  });
});

describe.each([{}, { alignCorners: true }, { halfPixelCenters: true }])('resizing with %j', (options) => {
  it.each([
    [9, 11],
    [4, 3],
    [1, 1],
    [6, 5],
  ] as [number, number][])('to %i × %i: gradients, and each image for itself', (...size) => {
    for (const resize of [resizeBilinear, resizeNearest]) {
      expectGradient((x) => resize(x, size, options), [2, 6, 5, 3]);
      expectGradient((x) => resize(x, size, options), [1, 5, 7, 16]);
      tf.tidy(() => {
        const x = random([3, 6, 5, 2], 9);
        const together = resize(x, size, options).dataSync();
        const apart = tf
          .unstack(x)
          .flatMap((image) => [...resize(image.expandDims<tf.Tensor4D>(0), size, options).dataSync()]);
        together.forEach((value, i) => {
          expect(value).toBeCloseTo(apart[i]!, 6);
        });
      });
    }
  });
});

describe('resizing', () => {
  it('bilinear with half-pixel centres as worked by hand', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([0, 4], [1, 1, 2, 1]);
      expect([...resizeBilinear(x, [1, 4], { halfPixelCenters: true }).dataSync()]).toEqual([0, 1, 3, 4]);
      expect([...resizeBilinear(x, [1, 3], { alignCorners: true }).dataSync()]).toEqual([0, 2, 4]);
      expect([...resizeBilinear(x, [1, 4]).dataSync()]).toEqual([0, 2, 4, 4]);
      expect([...resizeNearest(x, [1, 4]).dataSync()]).toEqual([0, 0, 4, 4]);
    });
  });

  it('names what does not fit', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
    expect(() => resizeBilinear(x, [0, 2])).toThrow(/\[0,2\]/);
    expect(() => resizeNearest(x, [2, 2], { alignCorners: true, halfPixelCenters: true })).toThrow(/exclude/);
  });
});
