import { Worker } from 'node:worker_threads';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND_NAME, OnnxRuntimeBackend, registerOnnxRuntimeBackend } from './index.js';
import { randomTensor, relativeError, valuesOn } from './testing/compare.js';
import { tf } from './testing/tf.js';

const backend = (): OnnxRuntimeBackend => tf.backend() as OnnxRuntimeBackend;

let before = '';
beforeEach(() => {
  before = tf.getBackend();
  tf.setBackend(BACKEND_NAME);
});
afterEach(() => {
  tf.setBackend(before);
});

/** A small residual network's step with momentum, in plain tensor operations. */
function network() {
  const shapes = {
    a: [3, 3, 3, 16],
    b: [3, 3, 16, 16],
    c: [1, 1, 16, 32],
    d: [32, 5],
    gamma: [16],
    beta: [16],
  };
  const params = new Map(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      tf.variable(tf.tidy(() => randomTensor(shape, i + 1).mul(0.3))),
    ]),
  );
  const momentum = new Map(
    [...params].map(([name, value]) => [name, tf.keep(tf.zerosLike(value)) as Tensor]),
  );
  const get = (name: string) => params.get(name)!;
  const images = tf.keep(randomTensor([2, 8, 8, 3], 20)) as Tensor4D;
  const labels = tf.keep(tf.tidy(() => tf.oneHot(tf.tensor1d([1, 3], 'int32'), 5)));
  const pad = (x: Tensor) =>
    tf.pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as Tensor4D;
  const loss = () => {
    const stem = tf
      .conv2d(pad(images), get('a') as unknown as Tensor4D, 2, 'valid')
      .add(get('beta'))
      .relu();
    const folded = get('b').mul(get('gamma')) as Tensor4D;
    const block = tf.conv2d(pad(stem), folded, 1, 'valid').add(get('beta')).add(stem).relu();
    const pooled = tf.maxPool(block as Tensor4D, 2, 2, 'valid');
    const features = tf
      .conv2d(pooled, get('c') as unknown as Tensor4D, 1, 'valid')
      .relu()
      .mean([1, 2]) as Tensor2D;
    return tf.losses
      .softmaxCrossEntropy(labels, tf.matMul(features, get('d') as unknown as Tensor2D))
      .asScalar();
  };
  const step = (): Tensor => {
    const { value, grads } = tf.variableGrads(loss);
    for (const [name, parameter] of params) {
      const old = momentum.get(name)!;
      const [made, next] = tf.tidy(() => {
        const made = old.mul(0.9).add(grads[parameter.name]!.add(parameter.mul(1e-3)).mul(0.05));
        return [made, parameter.sub(made)];
      });
      parameter.assign(next!);
      tf.dispose([next!, old, grads[parameter.name]!]);
      momentum.set(name, tf.keep(made!));
    }
    return value;
  };
  const dispose = () => {
    tf.dispose([...params.values(), ...momentum.values(), images, labels]);
  };
  return { params, step, dispose };
}

function train(steps: number, readEvery: number): { losses: number[]; weights: Float32Array[] } {
  const net = network();
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const value = net.step();
    if (i % readEvery === readEvery - 1) losses.push(value.dataSync()[0]!);
    value.dispose();
  }
  const weights = [...net.params.values()].map((parameter) => parameter.dataSync() as Float32Array);
  net.dispose();
  return { losses, weights };
}

function trainOn(name: string, steps: number, readEvery = 1) {
  tf.setBackend(name);
  const result = train(steps, readEvery);
  tf.setBackend(BACKEND_NAME);
  return result;
}

describe('recording', () => {
  it('runs nothing until a value is read, then one graph', () => {
    const x = randomTensor([4, 4], 1);
    const { runs } = backend().stats();
    const y = tf.tidy(() => x.mul(2).add(1).relu());
    expect(backend().stats().runs).toBe(runs);
    expect(backend().stats().pending).toBeGreaterThan(0);
    y.dataSync();
    expect(backend().stats().runs).toBe(runs + 1);
    expect(backend().stats().pending).toBe(0);
    tf.dispose([x, y]);
  });

  it('drops what nobody needs', () => {
    const x = randomTensor([4, 4], 1);
    backend().flush();
    const { runs } = backend().stats();
    tf.tidy(() => {
      x.exp().sum();
    });
    backend().flush();
    expect(backend().stats().runs).toBe(runs);
    x.dispose();
  });

  it('builds one graph for all steps of one shape, data and rates being inputs', () => {
    const x = randomTensor([4, 4], 1);
    const run = (rate: number) => tf.tidy(() => x.mul(rate).sub(x.square()).dataSync()[3]);
    run(1);
    const { compilations } = backend().stats();
    for (let i = 0; i < 20; i++) run(i / 7);
    expect(backend().stats().compilations).toBe(compilations);
    x.dispose();
  });

  it('a training step is one run, and its graph is built once', () => {
    const net = network();
    for (let i = 0; i < 3; i++) net.step().dataSync();
    const start = backend().stats();
    for (let i = 0; i < 5; i++) net.step().dataSync();
    const end = backend().stats();
    expect(end.runs - start.runs).toBe(5);
    expect(end.compilations).toBe(start.compilations);
    net.dispose();
  });

  it('trains like the CPU backend', () => {
    const ours = trainOn(BACKEND_NAME, 12);
    const cpu = trainOn('cpu', 12);
    expect(relativeError(ours.losses, cpu.losses)).toBeLessThan(1e-4);
    ours.weights.forEach((weights, i) => {
      expect(relativeError(weights, cpu.weights[i]!)).toBeLessThan(1e-4);
    });
  });

  it('the moment of reading does not change the result', () => {
    const each = trainOn(BACKEND_NAME, 12);
    const third = trainOn(BACKEND_NAME, 12, 3);
    const never = trainOn(BACKEND_NAME, 12, 100);
    for (const other of [third, never]) expect(other.weights).toEqual(each.weights);
  });

  it('a loop that reads nothing still runs, in graphs that repeat', () => {
    const net = network();
    for (let i = 0; i < 9; i++) net.step().dispose();
    const { compilations, pending } = backend().stats();
    for (let i = 0; i < 20; i++) net.step().dispose();
    const end = backend().stats();
    expect(end.compilations).toBe(compilations);
    expect(end.pending).toBeLessThan(2 * pending + 1000);
    net.dispose();
  });

  it('immediate execution gives the same bits', () => {
    const recorded = trainOn(BACKEND_NAME, 6);
    tf.registerBackend('immediate-test', () => new OnnxRuntimeBackend({ mode: 'immediate' }));
    tf.copyRegisteredKernels(BACKEND_NAME, 'immediate-test');
    const immediate = trainOn('immediate-test', 6);
    tf.removeBackend('immediate-test');
    expect(immediate).toEqual(recorded);
  });
});

describe('memory', () => {
  it('tensors and bytes stay flat over 200 steps, and so do sessions', () => {
    const net = network();
    for (let i = 0; i < 4; i++) net.step().dispose();
    backend().flush();
    const start = { ...tf.memory(), ids: backend().numDataIds(), ...backend().stats() };
    for (let i = 0; i < 200; i++) {
      const value = net.step();
      if (i % 2 === 0) value.dataSync();
      value.dispose();
    }
    backend().flush();
    const end = { ...tf.memory(), ids: backend().numDataIds(), ...backend().stats() };
    expect(end.numTensors).toBe(start.numTensors);
    expect(end.numBytes).toBe(start.numBytes);
    expect(end.numDataBuffers).toBe(start.numDataBuffers);
    expect(end.ids).toBe(start.ids);
    expect(end.sessions).toBeLessThan(start.sessions + 6);
    net.dispose();
  });

  it('keeps at most maxSessions graphs', () => {
    tf.registerBackend('few-sessions', () => new OnnxRuntimeBackend({ maxSessions: 3 }));
    tf.copyRegisteredKernels(BACKEND_NAME, 'few-sessions');
    tf.setBackend('few-sessions');
    const values = Array.from({ length: 8 }, (_, i) =>
      tf.tidy(
        () =>
          tf
            .ones([i + 1])
            .mul(3)
            .sum()
            .dataSync()[0],
      ),
    );
    expect(values).toEqual([3, 6, 9, 12, 15, 18, 21, 24]);
    expect(backend().stats().sessions).toBe(3);
    tf.setBackend(BACKEND_NAME);
    tf.removeBackend('few-sessions');
  });

  it('what was read is safe from reuse', async () => {
    const x = randomTensor([64], 1);
    const y = x.mul(2);
    const first = y.dataSync();
    const copy = first.slice();
    const second = await y.data();
    y.dispose();
    for (let i = 0; i < 4; i++) tf.tidy(() => x.mul(i).dataSync());
    expect(first).toEqual(copy);
    expect(second).toEqual(copy);
    (first as Float32Array).fill(0);
    expect(second).toEqual(copy);
    x.dispose();
  });

  it('a value whose array a CPU kernel took over is safe from reuse', () => {
    const x = randomTensor([8, 8], 1);
    const doubled = x.mul(2);
    const ids = tf.tensor1d([3], 'int32');
    const reversed = tf.reverse(doubled, 0);
    const part = tf.stridedSlice(doubled, [0, 0], [2, 8]);
    const expected = x
      .dataSync()
      .slice(0, 16)
      .map((v) => v * 2);
    doubled.dispose();
    for (let i = 0; i < 4; i++) tf.tidy(() => x.mul(i).dataSync());
    expect(Array.from(part.dataSync())).toEqual(Array.from(expected));
    tf.dispose([x, reversed, part, ids]);
  });

  it('tidy, keep and dispose', () => {
    const start = tf.memory().numTensors;
    const kept = tf.tidy(() => {
      const x = randomTensor([4], 1);
      tf.keep(x.exp());
      return x.add(1);
    });
    expect(tf.memory().numTensors).toBe(start + 2);
    kept.dispose();
    expect(tf.memory().numTensors).toBe(start + 1);
    expect(() => kept.dataSync()).toThrow(/disposed/);
  });

  it('profile counts kernels and bytes', async () => {
    const profile = await tf.profile(() => tf.tidy(() => randomTensor([4], 1).add(1).mul(2)));
    expect(profile.kernelNames).toContain('Add');
    expect(profile.newTensors).toBe(1);
    tf.dispose(profile.result as Tensor);
  });
});

describe('several backends in one process', () => {
  it('pending tensors move to the CPU backend and back', () => {
    const x = randomTensor([3, 3], 1).mul(2);
    tf.setBackend('cpu');
    const y = x.add(1);
    tf.setBackend(BACKEND_NAME);
    const z = y.mul(3);
    const [expected] = valuesOn('cpu', () => randomTensor([3, 3], 1).mul(2).add(1).mul(3));
    expect(relativeError(z.dataSync(), expected!.values)).toBeLessThan(1e-6);
    tf.dispose([x, y, z]);
  });
});

describe('errors', () => {
  it('name the kernel and its shapes', () => {
    const [a, b] = [randomTensor([2, 3], 1), randomTensor([4, 5], 2)];
    const epilogue = { bias: false, residual: false, relu: false };
    const info = backend().record(
      'BatchMatMul',
      { kind: 'matmul', transposeA: false, transposeB: false, epilogue },
      [a, b],
      [2, 5],
      'float32',
    );
    expect(() => backend().readSync(info.dataId)).toThrow(/BatchMatMul\(\[2,3\], \[4,5\]\) -> \[2,5\]/);
    expect(() => backend().readSync(info.dataId)).toThrow(/onnxruntime backend/);
    backend().disposeData(info.dataId);
    expect(tf.tidy(() => a.add(1).dataSync().length)).toBe(6);
    tf.dispose([a, b]);
  });

  it('invalid options are refused', () => {
    expect(() => new OnnxRuntimeBackend({ intraOpThreads: 0 })).toThrow(
      /intraOpThreads must be a positive integer, got 0/,
    );
    expect(() => new OnnxRuntimeBackend({ mode: 'lazy' as 'recorded' })).toThrow(
      /'recorded' or 'immediate', got 'lazy'/,
    );
  });

  it('registering again keeps the kernels', () => {
    registerOnnxRuntimeBackend({ intraOpThreads: 1 });
    tf.setBackend(BACKEND_NAME);
    expect(backend().options.intraOpThreads).toBe(1);
    expect(tf.tidy(() => tf.ones([2]).add(1).dataSync()[1])).toBe(2);
    registerOnnxRuntimeBackend();
    tf.setBackend(BACKEND_NAME);
  });
});

describe('worker threads', () => {
  it('two workers compute side by side', async () => {
    const run = (threads: number) =>
      new Promise<{ backend: string; sum: number }>((resolve, reject) => {
        const source = JSON.stringify(new URL('./testing/worker.ts', import.meta.url).href);
        const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}); });`;
        const worker = new Worker(start, {
          eval: true,
          execArgv: ['--conditions', '@syn2real/source'],
          workerData: { threads },
        });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const results = await Promise.all([run(1), run(2)]);
    // 16 channels of dx, each the count of windows that cover the pixel times 16 outputs.
    const covered = (4 * 3 + 2 * 2) ** 2;
    for (const result of results) expect(result).toEqual({ backend: BACKEND_NAME, sum: covered * 16 * 16 });
  });
});
