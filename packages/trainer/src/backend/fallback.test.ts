import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createBackbone, linearHead } from '@syn2real/backbones';
import {
  type Buffers,
  cloneParams,
  createRng,
  disposeParams,
  fixedSgd,
  isUserError,
  type Params,
  tf,
  type UserError,
} from '@syn2real/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyBatch, tinySetup } from '../__fixtures__/tiny.js';
import {
  classification,
  disposeTrainState,
  groupsOf,
  initTrainState,
  type LabelledBatch,
  type StepParts,
  trainStep,
} from '../index.js';
import { selectBackend } from './select-backend.js';

const backbone = createBackbone('resnet10-28');
const head = linearHead(backbone.channels.pool!, 10);
const { groups, groupOf } = groupsOf(backbone, [head]);
const wanted = ['layer1', 'layer4', 'pool'];
const require = createRequire(import.meta.url);
let current: string;
let params: Params;
let buffers: Buffers;
let batch: LabelledBatch;
let parts: StepParts<LabelledBatch>;

beforeAll(() => {
  current = tf.getBackend();
  const start = backbone.init(createRng(1));
  params = { ...start.params, ...head.init(createRng(2)) };
  buffers = start.buffers;
  const pixels = createRng(3);
  batch = {
    images: tf.tensor4d(
      Array.from({ length: 3 * 28 * 28 * 3 }, () => pixels.uniform()),
      [3, 28, 28, 3],
    ),
    labels: tf.tensor1d([4, 0, 9], 'int32'),
  };
  parts = {
    network: backbone,
    buffers,
    task: classification(head),
    optimizer: fixedSgd(groupOf, { momentum: 0.9, weightDecay: 5e-4 }),
    groupOf,
    trained: groups,
  };
});
afterEach(async () => {
  await tf.setBackend(current);
});
afterAll(() => {
  disposeParams(params);
  disposeParams(buffers);
  tf.dispose([batch.images, batch.labels]);
});

/** The network's features and scores on the backend in force. */
function forward(): Record<string, Float32Array> {
  return tf.tidy(() => {
    const features = backbone.apply(params, buffers, batch.images, wanted);
    const all = { ...features, scores: head.apply(params, features.pool!) };
    return Object.fromEntries(
      Object.entries(all).map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()]),
    );
  });
}

/** The parameters after one step from `start`, and its loss; `start` stays as it was. */
async function stepped(
  own: StepParts<LabelledBatch>,
  start = params,
  images = batch,
): Promise<Record<string, Float32Array>> {
  const rates = Object.fromEntries(own.trained.map((group) => [group, 0.1]));
  const given = initTrainState(own, cloneParams(start));
  const { state, losses } = await trainStep(own, given, { batch: images, rates });
  try {
    const read: Record<string, Float32Array> = { loss: Float32Array.of(losses.total) };
    for (const [name, tensor] of Object.entries(state.params)) read[name] = await tensor.data<'float32'>();
    return read;
  } finally {
    disposeTrainState(state);
  }
}

/** The largest difference of two records' arrays, as a part of the largest value of each. */
function distance(actual: Record<string, Float32Array>, expected: Record<string, Float32Array>): number {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  return Math.max(
    ...Object.entries(expected).map(([name, values]) => {
      expect(actual[name]).toHaveLength(values.length);
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      return (
        values.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[name]![i]!)), 0) / scale
      );
    }),
  );
}

describe.each([
  {
    name: 'wasm',
    from: '@tensorflow/tfjs-backend-wasm',
    version: require('@tensorflow/tfjs-backend-wasm/package.json').version as string,
    slow: /^warning: WebAssembly .* ten times slower/,
  },
  {
    name: 'cpu',
    from: '@tensorflow/tfjs',
    version: tf.version.tfjs,
    slow: /^warning: plain JavaScript, hundreds of times slower/,
  },
])('the fallback $name', ({ name, from, version, slow }) => {
  it('starts without settings, says that it is slow, and gives the numbers of the native engine', async () => {
    const expected = forward();
    const lines: string[] = [];
    const selected = await selectBackend(name, { log: (line) => lines.push(line), from: '' });
    expect(selected).toMatchObject({ name, package: from, version });
    expect(tf.getBackend()).toBe(name);
    expect(lines).toEqual([
      expect.stringMatching(`^backend: ${name} \\(${from} ${version}\\) on `),
      expect.stringMatching(slow),
    ]);
    expect(distance(forward(), expected)).toBeLessThan(1e-5);
  });

  it('trains as the native engine does, convolutions too', async () => {
    const tiny = tinySetup(createRng(1));
    const images = tinyBatch([0, 1, 2, 3], createRng(2));
    try {
      const expected = await stepped(tiny.parts, tiny.params, images);
      await selectBackend(name, { from: '' });
      const actual = await stepped(tiny.parts, tiny.params, images);
      expect(distance(actual, expected)).toBeLessThan(1e-5);
      expect(actual['conv1.weight']).not.toEqual(await tiny.params['conv1.weight']!.data());
    } finally {
      tiny.dispose();
      disposeParams(tiny.params);
      tf.dispose([images.images, images.labels]);
    }
  });
});

it('the fallback wasm trains a ResNet as the native engine does', async () => {
  const expected = await stepped(parts);
  await selectBackend('wasm', { from: '' });
  const before = tf.memory().numTensors;
  expect(distance(await stepped(parts), expected)).toBeLessThan(1e-4);
  expect(tf.memory().numTensors).toBe(before);
});

it('the fallback wasm says what it cannot compute, and which engine can', async () => {
  await selectBackend('wasm', { from: '' });
  const refused = (): unknown => {
    try {
      return tf.complex([1], [2]);
    } catch (error) {
      return error;
    }
  };
  const error = refused();
  expect(isUserError(error)).toBe(true);
  expect((error as UserError).parts).toEqual({
    what: 'the backend "wasm" cannot compute Complex',
    got: 'the kernel Complex of real [1], imag [1]',
    expected: 'a backend that has this kernel: tfjs-node-gpu, tfjs-node, onnxruntime, cpu',
    fix: 'choose one of them, or auto',
  });
});

describe('where no native code can be loaded', () => {
  it('auto passes the native engine over, says why, and takes wasm', () => {
    const script = `
      import { selectBackend } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
      import { tf } from '@syn2real/core';
      const lines = [];
      await selectBackend('auto', { from: '', log: (line) => lines.push(line) });
      const backend = tf.getBackend();
      const sum = tf.conv2d(tf.ones([1, 3, 3, 1]), tf.ones([3, 3, 1, 1]), 1, 'valid').dataSync()[0];
      const error = await selectBackend('onnxruntime', { from: '' }).catch((thrown) => thrown);
      console.log(JSON.stringify({ lines, backend, sum, error: { ...error.parts, cause: undefined } }));`;
    const output = execFileSync(
      process.execPath,
      [
        '--no-addons',
        '--conditions=@syn2real/source',
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        script,
      ],
      {
        encoding: 'utf8',
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const passedOver = expect.stringMatching(
      /^warning: @syn2real\/tfjs-backend-onnxruntime is installed but does not start: .*addons is disabled/,
    );
    expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual({
      lines: [
        passedOver,
        expect.stringMatching(/^backend: wasm \(/),
        expect.stringMatching(/^warning: WebAssembly/),
      ],
      backend: 'wasm',
      sum: 9,
      error: {
        what: 'the backend "onnxruntime" does not start',
        got: expect.stringMatching(/addons is disabled/),
        fix: 'choose another --backend, or auto',
      },
    });
  });
});
