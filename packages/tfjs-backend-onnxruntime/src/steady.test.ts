import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND_NAME, OnnxRuntimeBackend } from './index.js';
import { randomTensor } from './testing/compare.js';
import { tf } from './testing/tf.js';

const IMMEDIATE = 'steady-test-immediate';
const CHANNELS = 192;
/** Both kernels of the frozen network. */
const BYTES = 4 * (9 + 1) * CHANNELS ** 2;

const backend = (): OnnxRuntimeBackend => tf.backend() as OnnxRuntimeBackend;

let before = '';
beforeAll(() => {
  tf.registerBackend(IMMEDIATE, () => new OnnxRuntimeBackend({ mode: 'immediate' }));
  tf.copyRegisteredKernels(BACKEND_NAME, IMMEDIATE);
});
afterAll(() => {
  tf.removeBackend(IMMEDIATE);
});
beforeEach(() => {
  before = tf.getBackend();
  tf.setBackend(BACKEND_NAME);
});
afterEach(() => {
  tf.setBackend(before);
});

/** Numbers that are there, as if read from a file. */
function loaded(shape: readonly number[], seed: number): Tensor {
  const drawn = randomTensor(shape, seed);
  const made = tf.tensor(drawn.dataSync().slice(), [...shape]);
  drawn.dispose();
  return made;
}

interface Convolution {
  readonly filter: Tensor;
  readonly scale: Tensor;
}

const convolution = (size: number, seed: number): Convolution => ({
  filter: loaded([size, size, CHANNELS, CHANNELS], seed),
  scale: loaded([CHANNELS], seed + 1),
});

const apply = (x: Tensor, { filter, scale }: Convolution, factor = 0.01): Tensor =>
  tf.conv2d(x as Tensor4D, filter.mul(scale.add(1e-5).mul(factor)) as Tensor4D, 1, 'same').relu();

/** Steps of a network under a frozen one, which `between` may change; another batch size is another graph. */
function trained(
  name: string,
  batch: number,
  steps: number,
  between: (frozen: Convolution[], step: number) => void,
): number[] {
  tf.setBackend(name);
  const frozen = [convolution(3, 10), convolution(1, 20)];
  let head = loaded([CHANNELS, 3], 30) as Tensor2D;
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const images = loaded([batch, 5, 5, CHANNELS], 100 + step);
    const loss = tf.tidy(() => {
      const features = frozen.reduce((x, layer) => apply(x, layer), images as Tensor).mean<Tensor2D>([1, 2]);
      const { value, grad } = tf.valueAndGrad((w: Tensor) =>
        features
          .matMul(w as Tensor2D)
          .square()
          .mean(),
      )(head);
      const next = tf.keep(head.sub(grad.mul(0.1)));
      head.dispose();
      head = next as Tensor2D;
      return value;
    });
    losses.push(loss.dataSync()[0]!);
    tf.dispose([loss, images]);
    between(frozen, step);
  }
  tf.dispose([head, ...frozen.flatMap(({ filter, scale }) => [filter, scale])]);
  return losses;
}

const replace = (frozen: Convolution[], seed: number): void => {
  const old = frozen[0]!;
  frozen[0] = convolution(3, seed);
  tf.dispose([old.filter, old.scale]);
};

describe('values that stay from run to run', () => {
  const leave = () => {};

  it('are the same to the bit as those computed in every run', () => {
    const start = backend().stats().keptBytes;
    const held: number[] = [];
    const losses = trained(BACKEND_NAME, 2, 6, () => held.push(backend().stats().keptBytes - start));
    expect(losses).toEqual(trained(IMMEDIATE, 2, 6, leave));
    expect(held[0]).toBe(0);
    for (const bytes of held.slice(1)) expect(bytes).toBeGreaterThanOrEqual(BYTES);
  });

  it('follow weights that are replaced now and then', () => {
    const now = (frozen: Convolution[], step: number) => {
      if (step % 5 === 3) replace(frozen, 50 + 2 * step);
    };
    expect(trained(BACKEND_NAME, 3, 12, now)).toEqual(trained(IMMEDIATE, 3, 12, now));
  });

  it('follow weights that are replaced in every step, and are then kept no longer', () => {
    const start = backend().stats().keptBytes;
    const held: number[] = [];
    const graphs: number[] = [];
    const each = (frozen: Convolution[], step: number) => {
      if (step > 1) replace(frozen, 50 + 2 * step);
    };
    const losses = trained(BACKEND_NAME, 4, 12, (frozen, step) => {
      if (step === 2) expect(backend().stats().keptBytes - start).toBeGreaterThanOrEqual(BYTES);
      held.push(backend().stats().keptBytes - start);
      graphs.push(backend().stats().compilations);
      each(frozen, step);
    });
    expect(held.at(-1)).toBe(0);
    const dropped = held.findLastIndex((bytes) => bytes > 0) + 1;
    expect(graphs[dropped]! - graphs[dropped - 1]!, 'the graph without is counted').toBe(1);
    expect(graphs.at(-1)).toBe(graphs[dropped]);
    expect(losses).toEqual(trained(IMMEDIATE, 4, 12, each));
  });

  it('follow a number that changes', () => {
    const layer = convolution(3, 1);
    const run = (name: string): number[] => {
      tf.setBackend(name);
      return Array.from({ length: 8 }, (_, i) => {
        const images = loaded([1, 5, 5, CHANNELS], 200 + i);
        const sum = tf.tidy(() => apply(images, layer, i < 4 ? 0.01 : -0.01 * i).sum());
        const [read] = sum.dataSync();
        tf.dispose([sum, images]);
        return read!;
      });
    };
    const expected = run(IMMEDIATE);
    // The first runs of another graph make the weights ones that have been read.
    run(BACKEND_NAME);
    expect(run(BACKEND_NAME)).toEqual(expected);
    tf.dispose([layer.filter, layer.scale]);
  });

  it('are not those of images that another graph has read before; the second run tells', () => {
    const layer = convolution(3, 40);
    const start = backend().stats();
    const held: number[] = [];
    const graphs: number[] = [];
    const run = (name: string): number[] => {
      tf.setBackend(name);
      return Array.from({ length: 8 }, (_, i) => {
        const images = loaded([2, 40, 40, CHANNELS], 300 + i);
        const mean = tf.tidy(() => images.mul(layer.scale).mean());
        mean.dataSync();
        const sum = tf.tidy(() => apply(images.mul(layer.scale), layer).sum());
        const [read] = sum.dataSync();
        tf.dispose([mean, sum, images]);
        held.push(backend().stats().keptBytes - start.keptBytes);
        graphs.push(backend().stats().compilations);
        return read!;
      });
    };
    const sums = run(BACKEND_NAME);
    const [inFirst, ...later] = held.splice(0);
    const counts = graphs.splice(0);
    expect(inFirst).toBeGreaterThan(4 * 2 * 40 * 40 * CHANNELS);
    for (const bytes of later) {
      expect(bytes).toBeGreaterThanOrEqual(4 * 9 * CHANNELS ** 2);
      expect(bytes).toBeLessThan(4 * 2 * 40 * 40 * CHANNELS);
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
    expect(sums).toEqual(run(IMMEDIATE));
    tf.dispose([layer.filter, layer.scale]);
  });

  it('are given back while other graphs run, and computed again', () => {
    const start = backend().stats().keptBytes;
    const idle = (frozen: Convolution[], step: number) => {
      if (step === 5) expect(backend().stats().keptBytes).toBeGreaterThanOrEqual(BYTES);
      if (step !== 3) return;
      expect(backend().stats().keptBytes - start).toBeGreaterThanOrEqual(BYTES);
      for (let i = 0; i < 70; i++) frozen[0]!.scale.add(1).sum().dataSync();
      expect(backend().stats().keptBytes).toBeLessThanOrEqual(start);
    };
    expect(trained(BACKEND_NAME, 6, 6, idle)).toEqual(trained(IMMEDIATE, 6, 6, leave));
  });

  it('cost one graph more, at the second step', () => {
    const start = backend().stats().compilations;
    const counts: number[] = [];
    trained(BACKEND_NAME, 5, 10, () => counts.push(backend().stats().compilations - start));
    expect(new Set(counts.slice(1)).size).toBe(1);
  });
});
