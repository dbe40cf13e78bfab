import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { expectLikeCpu, randomTensor } from './testing/compare.js';
import { tf } from './testing/tf.js';

const SHAPES = [[], [1], [7], [3, 5], [2, 3, 4], [2, 5, 5, 16], [2, 1, 3, 2, 4]];
const x = (shape: readonly number[], seed = 1) => randomTensor(shape, seed);

const UNARY: Record<string, (t: Tensor) => Tensor> = {
  abs: tf.abs,
  ceil: tf.ceil,
  cos: tf.cos,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  floor: tf.floor,
  leakyRelu: tf.leakyRelu,
  neg: tf.neg,
  relu: tf.relu,
  relu6: (t: Tensor) => tf.relu6(t.mul(10)),
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  softplus: tf.softplus,
  square: tf.square,
  step: tf.step,
  tanh: tf.tanh,
  tan: tf.tan,
  log: (t: Tensor) => tf.log(t.add(1.5)),
  sqrt: (t: Tensor) => tf.sqrt(t.add(1)),
  rsqrt: (t: Tensor) => tf.rsqrt(t.add(1.5)),
  reciprocal: (t: Tensor) => tf.reciprocal(t.add(1.5)),
  clip: (t: Tensor) => tf.clipByValue(t, -0.25, 0.5),
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  step02: (t: Tensor) => tf.step(t, 0.2),
};

const BINARY: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  pow: (a: Tensor, b: Tensor) => tf.pow(a.abs(), b),
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: (a: Tensor, b: Tensor) => tf.equal(a.mul(2).floor(), b.mul(2).floor()),
  notEqual: (a: Tensor, b: Tensor) => tf.notEqual(a.mul(2).floor(), b.mul(2).floor()),
};

const PAIRS = [
  [[], []],
  [[5], []],
  [[], [2, 3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[4, 3], [3]],
  [
    [4, 1],
    [1, 3],
  ],
  [[2, 5, 5, 16], [16]],
  [
    [2, 5, 5, 16],
    [2, 1, 1, 16],
  ],
  [
    [3, 3, 8, 16],
    [3, 3, 8, 16],
  ],
];

describe('elementwise', () => {
  it.each(Object.entries(UNARY))('%s on every rank', (_, f) => {
    for (const shape of SHAPES) expectLikeCpu(() => f(x(shape)));
  });

  it.each(Object.keys(BINARY))('%s with broadcasting', (name) => {
    const f = BINARY[name]!;
    for (const [a, b] of PAIRS) expectLikeCpu(() => f(x(a!, 1), x(b!, 2)));
  });

  it('NaN and infinities', () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1e-38, 1e-37];
    const names = ['abs', 'relu', 'step', 'exp', 'sigmoid', 'tanh', 'neg', 'square', 'relu6', 'elu'] as const;
    for (const name of names) expectLikeCpu(() => UNARY[name]!(tf.tensor1d(special)));
    for (const name of ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const) {
      const f = BINARY[name]!;
      expectLikeCpu(() => f(tf.tensor2d(special, [8, 1]), tf.tensor2d(special, [1, 8])));
    }
  });

  it('integers, booleans and casts', () => {
    const ints = () => tf.tensor1d([-3, 0, 2, 7], 'int32');
    const bools = () => tf.tensor1d([1, 0, 0, 1], 'bool');
    expectLikeCpu(() => [ints().add(ints()), ints().mul(ints()), ints().greater(tf.scalar(1, 'int32'))]);
    expectLikeCpu(() => [
      ints().toFloat(),
      bools().toFloat(),
      bools().toInt(),
      x([4]).mul(5).toInt(),
      ints().toBool(),
    ]);
    expectLikeCpu(() => [
      bools().logicalNot(),
      bools().logicalAnd(x([4]).greater(0)),
      bools().logicalOr(bools()),
    ]);
    expectLikeCpu(() =>
      ints()
        .toFloat()
        .mul(x([4]))
        .sum(),
    );
  });

  it('where', () => {
    expectLikeCpu(() => tf.where(x([4, 3]).greater(0), x([4, 3], 2), x([4, 3], 3)));
    expectLikeCpu(() => tf.where(x([4, 1]).greater(0), x([4, 3], 2), x([4, 3], 3)));
    expectLikeCpu(() => tf.where(x([4, 3]).greater(0), x([4, 3], 2), tf.scalar(2)));
  });

  it('addN and fill', () => {
    expectLikeCpu(() => tf.addN([x([3, 4]), x([3, 4], 2), x([3, 4], 3)]));
    expectLikeCpu(() => [tf.fill([3, 4], 2.5), tf.fill([3], 2, 'int32'), tf.fill([], 7)]);
  });
});

describe('reductions', () => {
  const AXES = [undefined, 0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2]];
  it.each([
    ['sum', tf.sum],
    ['mean', tf.mean],
    ['max', tf.max],
    ['min', tf.min],
  ] as const)('%s over any axes', (_, f) => {
    for (const axis of AXES) {
      for (const keepDims of [false, true]) {
        expectLikeCpu(() => f(x([6, 7, 16]), axis as number | number[] | undefined, keepDims));
        expectLikeCpu(() => f(x([128, 3, 5, 32]), axis as number | number[] | undefined, keepDims), 2e-5);
      }
    }
    expectLikeCpu(() => f(tf.tensor2d([1, Number.NaN, 3, 4], [2, 2]), 1));
  });

  it('softmax, logSoftmax, logSumExp', () => {
    for (const shape of [[5], [4, 10], [2, 3, 7]]) {
      expectLikeCpu(() => [
        tf.softmax(x(shape).mul(20)),
        tf.logSoftmax(x(shape).mul(20)),
        tf.logSumExp(x(shape), -1),
      ]);
    }
  });
});

describe('products', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('matMul with transposes %s %s', (ta, tb) => {
    const shape = (rows: number, columns: number, transposed: boolean) =>
      transposed ? [columns, rows] : [rows, columns];
    for (const batches of [
      [[], []],
      [[3], [3]],
      [[1], [3]],
      [
        [2, 3],
        [2, 3],
      ],
    ]) {
      expectLikeCpu(() =>
        tf.matMul(
          x([...batches[0]!, ...shape(5, 7, ta)]),
          x([...batches[1]!, ...shape(7, 4, tb)], 2),
          ta,
          tb,
        ),
      );
    }
  });

  it('fused matMul', () => {
    for (const activation of ['linear', 'relu', 'elu', 'sigmoid'] as const) {
      expectLikeCpu(() => tf.fused.matMul({ a: x([4, 6]), b: x([6, 3], 2), bias: x([3], 3), activation }));
    }
  });

  it('dense layer with bias, residual and relu', () => {
    expectLikeCpu(() =>
      tf
        .matMul(x([4, 6]), x([6, 3], 2))
        .add(x([3], 3))
        .add(x([4, 3], 4))
        .relu(),
    );
    expectLikeCpu(() =>
      x([4, 3], 4)
        .add(tf.matMul(x([4, 6]), x([6, 3], 2)))
        .add(x([3], 3))
        .relu(),
    );
  });
});

describe('pooling', () => {
  const CASES = [
    { shape: [2, 9, 8, 16], size: 3, stride: 2, pad: 'same' },
    { shape: [2, 9, 8, 5], size: 3, stride: 2, pad: 'same' },
    { shape: [1, 7, 7, 32], size: 2, stride: 2, pad: 'valid' },
    { shape: [2, 8, 8, 16], size: 3, stride: 1, pad: 1 },
    { shape: [2, 6, 6, 3], size: 6, stride: 1, pad: 'valid' },
  ] as const;

  it.each(CASES)('max and average pooling of %o', ({ shape, size, stride, pad }) => {
    expectLikeCpu(() => [
      tf.maxPool(x(shape) as Tensor4D, size, stride, pad),
      tf.avgPool(x(shape) as Tensor4D, size, stride, pad),
    ]);
    expectLikeCpu(() =>
      tf.grad((t: Tensor) => tf.maxPool(t as Tensor4D, size, stride, pad).square())(x(shape)),
    );
    expectLikeCpu(() =>
      tf.grad((t: Tensor) => tf.maxPool(t.sub(5) as Tensor4D, size, stride, pad).square())(x(shape)),
    );
  });
});

describe('structure', () => {
  it('pad, slice, concat, stack, split, transpose, tile, gather', () => {
    expectLikeCpu(() => [
      tf.pad(
        x([2, 3]),
        [
          [1, 0],
          [0, 2],
        ],
        0.5,
      ),
      tf.pad(x([4]), [[2, 3]], Number.NEGATIVE_INFINITY),
    ]);
    expectLikeCpu(() => [tf.slice(x([4, 5, 6]), [1, 0, 2], [2, 5, 3]), tf.slice(x([4, 5]), [1, 2])]);
    expectLikeCpu(() => [tf.concat([x([2, 3]), x([2, 5], 2)], 1), tf.concat([x([2, 3]), x([4, 3], 2)], 0)]);
    expectLikeCpu(() => [
      tf.stack([x([2, 3]), x([2, 3], 2)], 1),
      ...tf.unstack(x([3, 4]), 1),
      ...tf.split(x([4, 6]), [1, 5], 1),
    ]);
    expectLikeCpu(() => [tf.transpose(x([2, 3, 4]), [2, 0, 1]), tf.tile(x([2, 3]), [2, 3])]);
    expectLikeCpu(() => [
      tf.gather(x([5, 3]), [4, 0, 0]),
      tf.gather(x([5, 3]), tf.tensor2d([1, 2, 0, 1], [2, 2], 'int32'), 1),
    ]);
    expectLikeCpu(() => [
      x([4, 6])
        .reshape([2, 12])
        .mul(x([12], 2)),
      x([4, 6]).expandDims(1),
      x([1, 4]).squeeze(),
    ]);
    expectLikeCpu(() => [
      tf.reverse(x([3, 4]), 1),
      tf.oneHot(tf.tensor1d([1, 0], 'int32'), 3),
      tf.argMax(x([3, 4]), 1),
    ]);
  });

  it('strings, complex numbers and empty tensors', () => {
    expectLikeCpu(() => tf.real(tf.complex(x([3]), x([3], 2)).mul(tf.complex(x([3]), x([3], 2)))));
    expectLikeCpu(() => [
      tf.zeros([0, 3]).add(x([3])),
      tf.concat([tf.zeros([0, 3]), x([2, 3])], 0),
      tf.sum(tf.zeros([0])),
    ]);
    expectLikeCpu(() => tf.equal(tf.tensor1d(['a', 'b']), tf.tensor1d(['a', 'c'])));
  });
});

describe('images and normalisation', () => {
  it('batchNorm', () => {
    for (const shape of [
      [2, 5, 5, 16],
      [7, 16],
    ]) {
      expectLikeCpu(() =>
        tf.batchNorm(x(shape), x([16], 2), x([16], 3).square().add(0.1), x([16], 4), x([16], 5), 1e-3),
      );
      expectLikeCpu(() => tf.batchNorm(x(shape), x([16], 2), x([16], 3).square().add(0.1)));
    }
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('resizing, alignCorners %s, halfPixelCenters %s', (alignCorners, half) => {
    for (const size of [
      [7, 9],
      [3, 4],
      [12, 5],
    ] as [number, number][]) {
      const input = () => x([1, 6, 5, 3]) as Tensor4D;
      expectLikeCpu(() => [
        tf.image.resizeBilinear(input(), size, alignCorners, half),
        tf.image.resizeNearestNeighbor(input(), size, alignCorners, half),
      ]);
    }
  });
});
