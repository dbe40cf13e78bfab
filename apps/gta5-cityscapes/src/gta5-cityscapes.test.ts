import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, meanIou, tf } from '@syn2real/core';
import { decodeImage, decodeLabel, openCityscapesOracle } from '@syn2real/datasets';
import { loadStateDict, readSafetensors } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictMap } from './evaluation/predict-map.js';
import { disposeSegmenter, segmenterFrom } from './model/load.js';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

let fixture: Fixture;
let dir: string;
let model: string;

beforeAll(async () => {
  fixture = await makeFixture();
  dir = join(fixture.root, 'run');
  const rates = ['--lr', '0.01', '--backbone-factor', '1', '--schedule', 'constant'];
  const { code, err } = await run(...shortTraining(fixture, dir), ...rates, '--retention', fixture.retention);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  model = join(dir, 'model.safetensors');
}, 900_000);
afterAll(() => fixture.remove());

const records = (kind: string): Record<string, unknown>[] =>
  readFileSync(join(dir, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.kind === kind);
const summary = () => JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'));
const network = () => ['--backbone', 'resnet10-28', '--weights', model, '--target', fixture.target];

describe('train', () => {
  it('logs each step, guides from the second on, and measures source, old task and target after each epoch', () => {
    const steps = records('step');
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps[0]!.regularizer).toBe(0);
    expect(Number(steps.at(-1)!.regularizer)).toBeGreaterThan(0);
    const epochs = records('epoch') as {
      epoch: number;
      source?: object;
      target?: object;
      retention?: object;
    }[];
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(epochs[0]).not.toHaveProperty('target');
    expect(epochs[0]!.retention).toMatchObject({ agreement: 1, kl: 0, images: 968 });
    for (const record of epochs.slice(1)) {
      expect(record.source).toMatchObject({ heldOut: true, images: 2 });
      expect(record.target).toMatchObject({ images: 3 });
      expect(record.retention).toMatchObject({ images: 968 });
    }
  });

  it('reports the last epoch; the best by the target stands apart, and each reading of its labels is on record', () => {
    const { epoch, target, oracle, classes, task, skipped } = summary();
    expect([epoch, target.epoch, task]).toEqual([2, 2, 'segmentation']);
    expect(classes).toEqual([
      'background',
      'zero',
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
    ]);
    expect(oracle.meanIou).toBeGreaterThanOrEqual(target.meanIou);
    expect(skipped).toEqual({});
    const ledger = readFileSync(join(dir, 'ledger.jsonl'), 'utf8').trim().split('\n');
    expect(ledger).toHaveLength(oracle.readings);
    const curve = ledger.map((line) => JSON.parse(line)).filter(({ images }) => images === 3);
    expect(curve.map(({ purpose }) => purpose)).toEqual(['mIoU curve, epoch 1', 'mIoU curve, epoch 2']);
    expect(Object.keys(JSON.parse(readFileSync(join(dir, 'fingerprint.json'), 'utf8')).data)).toEqual(
      expect.arrayContaining(['source', 'sourceHeldOut', 'target', 'retention']),
    );
  });

  it('exports PyTorch names, with both heads', async () => {
    const { tensors } = await readSafetensors(model);
    expect(tensors['classifier.4.weight']!.shape).toEqual([11, 64, 1, 1]);
    expect(tensors['fc.weight']!.shape).toEqual([242, 256]);
    expect(tensors['layer4.0.conv2.weight']!.shape).toEqual([256, 256, 3, 3]);
  });

  it.each([
    ['naive', ['--train-blocks', 'layer4,classifier']],
    ['head-only', []],
    ['lp-ft', ['--wise-ft', '0.5']],
    ['proxy-guidance', ['--grid', '1x1', '--kl-cap', '0.01', '--grid-overlap', '1']],
    ['lwf', ['--controller', 'fixed', '--scales', 'classifier=1,*=0.1']],
    ['feature-distillation', ['--controller', 'auto-rgn', '--window-min', '1']],
    ['road', ['--road-regions', '3x3', '--road-features', 'layer3,layer4']],
    ['l2', ['--head', 'aspp', '--draws', '4']],
    ['ewc', ['--importance-count', '2', '--optimizer', 'fixed-sgd']],
    ['mas', ['--importance-count', '2', '--schedule', 'constant', '--output-stride', '4']],
  ])('%s with %j', async (method, more) => {
    const out = join(fixture.root, `method-${method}`);
    const short = ['--epochs', '1', '--draws', '2', '--measure-target', 'never', '--source-held-out', '0'];
    const { code, err } = await run(...shortTraining(fixture, out), ...short, '--method', method, ...more);
    expect(err).not.toContain('error');
    expect(code).toBe(0);
    const { target, source, epoch } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect([target, source, epoch]).toEqual([null, null, 1]);
  });
});

describe('evaluate', () => {
  it('gives the numbers that training gave, as a table and as JSON', async () => {
    const { code, out } = await run('evaluate', ...network(), '--json', '--retention', fixture.retention);
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result.confusion).toEqual(summary().target.confusion);
    expect(result.meanIou).toBe(summary().target.meanIou);
    expect(result.retention.accuracy).toBeCloseTo(summary().retention.accuracy, 6);
    const table = await run('evaluate', ...network(), '--confusion');
    expect(table.out).toMatch(/^background +\d+\.\d\d %\nzero .*\n/);
    expect(table.out).toContain(`mean IoU      ${(100 * result.meanIou).toFixed(2).padStart(6)} %`);
    expect(table.out).toMatch(/right pixels +\d/);
    expect(table.out.trim().split('\n').at(-1)).toMatch(/^nine( +[\d.–]+){11}$/);
  });

  it('in windows as large as the image: the same pixels; in smaller ones, each pixel once', async () => {
    const { tensors } = await loadStateDict(model);
    const network = segmenterFrom({ backbone: 'resnet10-28', head: 'fcn' }, tensors);
    const rng = createRng(2);
    const image = {
      pixels: Uint8Array.from({ length: 24 * 24 * 3 }, () => rng.integer(256)),
      size: [24, 24] as const,
    };
    const before = tf.memory().numTensors;
    const whole = await predictMap(network, network.params, image, { overlap: 0 });
    expect(await predictMap(network, network.params, image, { window: 24, overlap: 0 })).toEqual(whole);
    const small = await predictMap(network, network.params, image, { window: 16, overlap: 0.5 });
    expect(small).toHaveLength(24 * 24);
    expect(small.every((c) => c < 11)).toBe(true);
    const larger = await predictMap(network, network.params, image, { window: 40, overlap: 0 });
    expect(larger).toHaveLength(24 * 24);
    expect(tf.memory().numTensors).toBe(before);
    disposeSegmenter(network);
  });
});

describe('predict', () => {
  it('writes overlays, train ids and label ids that give the same mIoU', async () => {
    const output = join(fixture.root, 'predicted');
    const { code } = await run('predict', ...network(), '--output', output);
    expect(code).toBe(0);
    expect(readdirSync(output).sort()).toEqual(['labelIds', 'overlay', 'trainIds']);
    const oracle = await openCityscapesOracle(fixture.target, { split: 'val', onReading: () => {} });
    const reading = oracle.open('test');
    for (const index of [0, 1, 2]) {
      const name = `page1/page1_00000${index}_000000`;
      const values = (format: string) =>
        decodeLabel(readFileSync(join(output, format, `${name}_${format}.png`)));
      const { values: trainIds, width, height } = values('trainIds');
      await reading.add(index, trainIds, [height, width]);
      const ids = values('labelIds').values;
      expect(ids.every((id, at) => id === (trainIds[at] === 0 ? 7 : 10 + trainIds[at]!))).toBe(true);
    }
    expect(meanIou(reading.finish())).toBe(summary().target.meanIou);
    const overlay = await decodeImage(
      readFileSync(join(output, 'overlay/page1/page1_000000_000000_overlay.png')),
    );
    expect([overlay.width, overlay.height]).toEqual([128, 64]);
  });

  it("writes the benchmark server's form, and never over what is there", async () => {
    const output = join(fixture.root, 'submission');
    const args = ['predict', ...network(), '--format', 'cityscapes', '--limit', '2', '--output', output];
    expect((await run(...args)).code).toBe(0);
    expect(readdirSync(output).sort()).toEqual(['page1_000000_000000.png', 'page1_000001_000000.png']);
    const again = await run(...args);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('exists already')]);
    expect(existsSync(`${output}.partial`)).toBe(false);
  });
});

describe('doctor and prepare', () => {
  it('find a sound folder sound, and a broken label', async () => {
    const sound = await run('doctor', '--source', fixture.source, '--target', fixture.target, '--deep');
    expect(sound.code).toBe(0);
    const broken = await makeFixture({ source: 2, heldOut: 0, target: 1 });
    writeFileSync(join(broken.source, 'labels/00002.png'), 'no label');
    const { code, out } = await run('prepare', '--source', broken.source);
    const deep = await run('doctor', '--source', broken.source, '--deep');
    expect([code, deep.code]).toEqual([1, 1]);
    expect(out).toContain('labels/00002.png');
    expect(deep.out).toContain('labels/00002.png');
    broken.remove();
  });
});
