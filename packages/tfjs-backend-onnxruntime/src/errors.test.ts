import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND_NAME, OnnxRuntimeBackend } from './index.js';
import { randomTensor } from './testing/compare.js';
import { tf } from './testing/tf.js';

const BROKEN = 'broken-sine';

/** A backend whose sine is an operation that cannot be: nobody finds out until the graph is made. */
class BrokenSine extends OnnxRuntimeBackend {
  override record(...[label, op, inputs, shape, dtype]: Parameters<OnnxRuntimeBackend['record']>) {
    const isSine = op.kind === 'unary' && op.fn === 'Sin';
    return super.record(label, isSine ? { kind: 'transpose', perm: [5, 6] } : op, inputs, shape, dtype);
  }
}

const backend = (): OnnxRuntimeBackend => tf.backend() as OnnxRuntimeBackend;
const HERE = /errors\.test\.ts:\d+:\d+/;

function begin(mode: 'recorded' | 'immediate'): void {
  tf.setBackend(BACKEND_NAME);
  tf.registerBackend(BROKEN, () => new BrokenSine({ mode }));
  if (tf.getKernel('Add', BROKEN) === undefined) tf.copyRegisteredKernels(BACKEND_NAME, BROKEN);
  tf.setBackend(BROKEN);
}

let before = '';
beforeEach(() => {
  before = tf.getBackend();
});
afterEach(() => {
  tf.setBackend(before);
  tf.removeBackend(BROKEN);
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('Nothing was thrown.');
}

describe('a recorded call that fails', () => {
  beforeEach(() => begin('recorded'));

  it('is named with its shapes and the line that called it', () => {
    const y = randomTensor([2, 3], 1).sin();
    const message = messageOf(() => y.dataSync());
    expect(message).toMatch(/onnxruntime backend could not run Sin\(\[2,3\]\) -> \[2,3\], called at /);
    expect(message).toMatch(HERE);
    expect(message).not.toMatch(/called at [^:]*@tensorflow/);
  });

  it('is named with the line that asked for the gradient', () => {
    const dx = tf.grad((x: Tensor) => x.cos())(randomTensor([2, 3], 1));
    expect(messageOf(() => dx.dataSync())).toMatch(HERE);
  });

  it('fails itself and what depends on it, and nothing else that is pending', () => {
    const x = randomTensor([4, 4], 1) as Tensor2D;
    const kept = tf.tidy(() => x.mul(2).relu().matMul(x).sum());
    const broken = x.sin();
    const after = x.add(1).square();
    const dependent = tf.tidy(() => broken.add(1).sum().add(after.sum()));
    const later = after.mul(3);
    const message = messageOf(() => broken.dataSync());
    expect(messageOf(() => dependent.dataSync())).toBe(message);
    const values = x.dataSync<'float32'>();
    later.dataSync<'float32'>().forEach((value, i) => {
      expect(value).toBeCloseTo(3 * (values[i]! + 1) ** 2, 4);
    });
    expect(Number.isFinite(kept.dataSync()[0])).toBe(true);
    expect(messageOf(() => tf.tidy(() => broken.mul(2).dataSync()))).toBe(message);
  });

  it('does not stop what is recorded later', () => {
    const x = randomTensor([3], 1);
    const broken = x.sin();
    expect(tf.tidy(() => x.mul(0).add(5).dataSync()[2])).toBe(5);
    expect(() => backend().flush()).not.toThrow();
    expect(() => broken.dataSync()).toThrow(/Sin/);
    broken.dispose();
    expect(tf.tidy(() => x.mul(0).add(6).dataSync()[2])).toBe(6);
  });

  it('rejects asynchronous reading with the same', async () => {
    await expect(randomTensor([3], 1).sin().data()).rejects.toThrow(HERE);
  });

  it('leaves no data behind', () => {
    const run = () => {
      const x = randomTensor([3], 1);
      const [broken, sound] = [x.sin(), x.exp()];
      expect(() => broken.dataSync()).toThrow(/Sin/);
      sound.dataSync();
      tf.dispose([x, broken, sound]);
    };
    run();
    const { numTensors, numDataBuffers } = tf.memory();
    const ids = backend().numDataIds();
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(backend().numDataIds()).toBe(ids);
  });
});

describe('in immediate execution', () => {
  it('the call itself throws', () => {
    begin('immediate');
    const x = randomTensor([2, 3], 1);
    const message = messageOf(() => x.sin());
    expect(message).toMatch(/Sin\(\[2,3\]\)/);
    expect(message).toMatch(HERE);
  });
});

describe('shapes that do not fit', () => {
  it.each(['recorded', 'immediate'] as const)('throw at the call, %s', (mode) => {
    begin(mode);
    const [a, b] = [randomTensor([2, 3], 1), randomTensor([4, 5], 2)];
    expect(() => tf.matMul(a as Tensor2D, b as Tensor2D)).toThrow(/2,3.*4,5/s);
    expect(() => a.add(b)).toThrow(/broadcast/);
    expect(() => tf.conv2d(tf.ones<Rank.R4>([1, 4, 4, 3]), tf.ones([3, 3, 2, 1]), 1, 'same')).toThrow(
      /depth/,
    );
  });
});
