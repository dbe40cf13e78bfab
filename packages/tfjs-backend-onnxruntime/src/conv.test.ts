import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { OnnxRuntimeBackend } from './index.js';
import { expectLikeCpu, generator, randomTensor, relativeError, valuesOn } from './testing/compare.js';
import { tf } from './testing/tf.js';

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];

interface Case {
  readonly x: [number, number, number, number];
  readonly kernel: [number, number];
  readonly channels: number;
  readonly strides: [number, number];
  readonly pad: Pad;
}

const pick = <T>(next: () => number, values: readonly T[]): T => values[Math.floor(next() * values.length)]!;

/** Odd and even sizes, batch 1 and more, all paddings, channels on and off the block size. */
function generatedCases(count: number): Case[] {
  const next = generator(4);
  const cases: Case[] = [];
  while (cases.length < count) {
    const kernel: [number, number] = [pick(next, [1, 2, 3, 5, 7]), pick(next, [1, 2, 3, 3, 5])];
    const uneven = (size: number) => Math.min(size - 1, Math.floor(next() * 3));
    const explicit: Pad = [
      [0, 0],
      [uneven(kernel[0]), uneven(kernel[0])],
      [uneven(kernel[1]), uneven(kernel[1])],
      [0, 0],
    ];
    const x: Case['x'] = [
      pick(next, [1, 2, 3]),
      4 + Math.floor(next() * 9),
      4 + Math.floor(next() * 9),
      pick(next, [1, 3, 4, 16, 32, 5]),
    ];
    const pad = pick<Pad>(next, ['same', 'valid', Math.min(...kernel) > 1 ? 1 : 0, explicit]);
    const stride = pick(next, [1, 1, 2, 3]);
    const fits = x[1] >= kernel[0] && x[2] >= kernel[1];
    const strides: [number, number] = [stride, pick(next, [stride, stride, 1, 2])];
    if (fits) cases.push({ x, kernel, channels: pick(next, [1, 4, 16, 32, 48, 6]), strides, pad });
  }
  return cases;
}

const name = ({ x, kernel, channels, strides, pad }: Case) =>
  `[${x}] * ${kernel.join('x')} -> ${channels}, strides ${strides}, pad ${JSON.stringify(pad)}`;

function operands(c: Case): { x: Tensor4D; w: Tensor4D } {
  return {
    x: randomTensor(c.x, 1) as Tensor4D,
    w: randomTensor([...c.kernel, c.x[3], c.channels], 2) as Tensor4D,
  };
}

const CASES: Case[] = [
  ...generatedCases(60),
  { x: [2, 14, 14, 32], kernel: [3, 3], channels: 32, strides: [1, 1], pad: 'same' },
  { x: [2, 14, 14, 32], kernel: [3, 3], channels: 64, strides: [2, 2], pad: 1 },
  { x: [2, 15, 13, 32], kernel: [3, 3], channels: 64, strides: [2, 2], pad: 1 },
  { x: [1, 14, 14, 32], kernel: [1, 1], channels: 64, strides: [2, 2], pad: 'valid' },
  { x: [1, 15, 13, 32], kernel: [1, 1], channels: 64, strides: [2, 2], pad: 'valid' },
  { x: [2, 16, 16, 3], kernel: [7, 7], channels: 32, strides: [2, 2], pad: 3 },
];

describe('Conv2D', () => {
  it.each(CASES.map((c) => [name(c), c] as const))('%s: forward and both gradients', (_, c) => {
    expectLikeCpu(() => {
      const { x, w } = operands(c);
      return tf.conv2d(x, w, c.strides, c.pad);
    });
    expectLikeCpu(() => {
      const { x, w } = operands(c);
      const f = (a: Tensor, b: Tensor) => tf.conv2d(a as Tensor4D, b as Tensor4D, c.strides, c.pad);
      const y = f(x, w);
      return tf.grads(f)([x, w], randomTensor(y.shape, 3));
    });
  });

  it.each([2, 3] as const)('dilation %i', (dilation) => {
    for (const channels of [5, 32]) {
      expectLikeCpu(() => {
        const x = randomTensor([2, 13, 11, channels], 1) as Tensor4D;
        const w = randomTensor([3, 3, channels, 16], 2) as Tensor4D;
        return tf.conv2d(x, w, 1, 'same', 'NHWC', dilation);
      });
    }
  });

  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
    'fused with %s',
    (activation) => {
      expectLikeCpu(() =>
        tf.fused.conv2d({
          x: randomTensor([2, 7, 7, 16], 1) as Tensor4D,
          filter: randomTensor([3, 3, 16, 32], 2) as Tensor4D,
          strides: 1,
          pad: 'same',
          bias: randomTensor([32], 3),
          activation,
          preluActivationWeights: activation === 'prelu' ? randomTensor([32], 4) : undefined,
          leakyreluAlpha: 0.3,
        }),
      );
    },
  );

  it('conv2dTranspose', () => {
    expectLikeCpu(() =>
      tf.conv2dTranspose(
        randomTensor([2, 5, 6, 32], 1) as Tensor4D,
        randomTensor([3, 3, 16, 32], 2) as Tensor4D,
        [2, 10, 12, 16],
        2,
        'same',
      ),
    );
  });
});

describe('patterns of a residual network', () => {
  const pads: [[0, 0], [1, 1], [1, 1], [0, 0]] = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];

  it.each([
    [16, 32, 3, 1],
    [32, 32, 3, 2],
    [32, 48, 1, 1],
    [32, 48, 1, 2],
    [6, 10, 3, 1],
  ] as const)(
    'pad, convolution, bias, residual, relu: %i -> %i channels, kernel %i, stride %i',
    (ci, co, k, stride) => {
      const block = (x: Tensor, w: Tensor, b: Tensor, r: Tensor) => {
        const padded = k === 1 ? x : tf.pad(x, pads);
        const y = tf.conv2d(padded as Tensor4D, w as Tensor4D, stride, 'valid');
        return y.add(b).add(r).relu();
      };
      const inputs = () => {
        const x = randomTensor([2, 8, 8, ci], 1);
        const w = randomTensor([k, k, ci, co], 2);
        const size = Math.ceil(8 / stride);
        return [x, w, randomTensor([co], 3), randomTensor([2, size, size, co], 4)] as const;
      };
      expectLikeCpu(() => block(...inputs()));
      expectLikeCpu(() => {
        const args = inputs();
        return tf.grads(block)([...args], randomTensor(args[3].shape, 5));
      }, 2e-5);
    },
  );

  it('a value inside a fused pattern is right when it is read as well', () => {
    const run = () => {
      const x = randomTensor([2, 8, 8, 16], 1) as Tensor4D;
      const w = randomTensor([3, 3, 16, 32], 2) as Tensor4D;
      const convolved = tf.conv2d(tf.pad(x, pads) as Tensor4D, w, 1, 'valid');
      const biased = convolved.add(randomTensor([32], 3));
      return [convolved, biased, biased.relu(), biased.relu().step()];
    };
    expectLikeCpu(run);
    expect(tf.getBackend()).toBeDefined();
  });
});

describe('without the blocked layout', () => {
  it('convolutions and pooling are the same', () => {
    tf.registerBackend('unblocked', () => new OnnxRuntimeBackend({ blockedLayout: false }));
    tf.copyRegisteredKernels('onnxruntime', 'unblocked');
    for (const c of CASES) {
      const compute = () => {
        const { x, w } = operands(c);
        const f = (a: Tensor, b: Tensor) => tf.conv2d(a as Tensor4D, b as Tensor4D, c.strides, c.pad);
        const y = f(x, w);
        return [
          y,
          tf.maxPool(y as Tensor4D, 1, 1, 'valid'),
          ...tf.grads(f)([x, w], randomTensor(y.shape, 3)),
        ];
      };
      const actual = valuesOn('unblocked', compute);
      valuesOn('onnxruntime', compute).forEach((expected, i) => {
        expect(relativeError(actual[i]!.values, expected.values)).toBeLessThan(1e-5);
      });
    }
    tf.removeBackend('unblocked');
  });
});
