import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '@syn2real/core';
import { loadStateDict } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

let fixture: Fixture;
let first: string;
const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  fixture = await makeFixture();
  first = join(fixture.root, 'first');
  const { code, err } = await run(
    ...shortTraining(fixture, first),
    '--retention',
    join(fixture.data, 'retention'),
  );
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
});
afterAll(() => fixture.remove());

describe('train', () => {
  it('ends with a summary: method, seed, selection, numbers, the oracle apart, fingerprint', () => {
    const summary = JSON.parse(readFileSync(join(first, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({
      method: 'proxy-guidance',
      seed: 0,
      selection: 'last',
      epoch: 2,
      source: { images: 8, heldOut: true },
      target: { epoch: 2 },
      oracle: { readings: 2 },
    });
    expect(summary.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(summary.seconds).toBeGreaterThan(0);
    for (const value of [
      summary.source.meanClassAccuracy,
      summary.target.meanClassAccuracy,
      summary.retention.accuracy,
      summary.oracle.meanClassAccuracy,
    ]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });

  it('logs every step and epoch, with no guidance at step 1', () => {
    const log = lines(join(first, 'log.jsonl'));
    const steps = log.filter(({ kind }) => kind === 'step');
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(steps[0]!.regularizer).toBe(0);
    // so small after a few steps that float32 may round it below 0
    expect(steps.slice(1).some(({ regularizer }) => regularizer !== 0)).toBe(true);
    expect(log.filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    const before = log.find(({ kind, epoch }) => kind === 'epoch' && epoch === 0);
    expect(before).toMatchObject({ retention: { agreement: 1, kl: 0 }, distance: { conv1: 0, layer4: 0 } });
    const last = log.find(({ kind, epoch }) => kind === 'epoch' && epoch === 2)!;
    expect((last.retention as { kl: number }).kl).toBeGreaterThan(0);
    expect(Object.keys(last.distance as object)).toEqual([
      'conv1',
      'bn1',
      'layer1',
      'layer2',
      'layer3',
      'layer4',
    ]);
    expect(before).not.toHaveProperty('source');
    expect(before).not.toHaveProperty('target');
  });

  it('records each reading of the target labels', () => {
    expect(lines(join(first, 'ledger.jsonl')).map(({ purpose }) => purpose)).toEqual([
      'accuracy curve, epoch 1',
      'accuracy curve, epoch 2',
    ]);
  });

  it('exports a network that PyTorch can load: both heads, untouched statistics and old head', async () => {
    const start = await loadStateDict(fixture.weights);
    const end = await loadStateDict(join(first, 'model.safetensors'));
    expect(end.tensors['fc_new.weight']!.shape).toEqual([10, 256]);
    for (const name of ['fc.weight', 'fc.bias', 'bn1.running_mean', 'layer4.0.bn2.running_var']) {
      expect(end.tensors[name]!.data).toEqual(start.tensors[name]!.data);
    }
    expect(end.tensors['layer3.0.conv1.weight']!.data).not.toEqual(
      start.tensors['layer3.0.conv1.weight']!.data,
    );
  });

  it('gives the same bits from the same seed, and others from another', async () => {
    const again = join(fixture.root, 'again');
    const other = join(fixture.root, 'other');
    await run(...shortTraining(fixture, again), '--retention', join(fixture.data, 'retention'));
    await run(...shortTraining(fixture, other), '--seed', '1');
    const model = (dir: string) => readFileSync(join(dir, 'model.safetensors'));
    expect(model(again).equals(model(first))).toBe(true);
    expect(model(other).equals(model(first))).toBe(false);
  });

  it('trains the head alone with --method head-only', async () => {
    const out = join(fixture.root, 'head-only');
    await run(...shortTraining(fixture, out), '--method', 'head-only');
    const start = await loadStateDict(fixture.weights);
    const end = await loadStateDict(join(out, 'model.safetensors'));
    for (const [name, record] of Object.entries(start.tensors)) {
      const [before, after] = [record.data, end.tensors[name]!.data].map((data) =>
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      );
      expect(after!.equals(before!), name).toBe(true);
    }
  });

  it.each([
    ['naive', 0],
    ['lwf', undefined],
    ['feature-distillation', 0],
    ['road', 0],
    ['l2', 0],
    ['l2-sp', undefined],
    ['si', 0],
    ['ewc', 0],
    ['mas', 0],
  ] as const)('trains with --method %s', async (method, atStart) => {
    const out = join(fixture.root, method);
    const args = ['--method', method, '--epochs', '1', '--si-steps', '1', '--importance-count', '20'];
    expect((await run(...shortTraining(fixture, out), ...args)).code).toBe(0);
    const losses = lines(join(out, 'log.jsonl'))
      .filter(({ kind }) => kind === 'step')
      .map(({ regularizer }) => regularizer as number);
    expect(losses).toHaveLength(2);
    if (atStart === undefined) expect(losses[0]).toBeGreaterThan(0);
    else expect(losses[0]).toBe(atStart);
    if (method === 'naive') expect(losses[1]).toBe(0);
    else expect(losses[1]).toBeGreaterThan(0);
  });

  it.each(['proxy-guidance', 'l2', 'ewc'])('leaves no tensor behind (%s)', async (method) => {
    const before = tf.memory().numTensors;
    const out = join(fixture.root, `tensors-${method}`);
    await run(...shortTraining(fixture, out), '--method', method, '--epochs', '1');
    expect(tf.memory().numTensors).toBe(before);
    await run(...shortTraining(fixture, out), '--method', method, '--epochs', '1', '--resume');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('trains the head first with --method lp-ft, then everything', async () => {
    const out = join(fixture.root, 'lp-ft');
    await run(...shortTraining(fixture, out), '--method', 'lp-ft');
    const moved = lines(join(out, 'log.jsonl'))
      .filter(({ kind }) => kind === 'epoch')
      .map(({ distance }) => (distance as Record<string, number>).layer4!);
    expect(moved[1]).toBe(0);
    expect(moved[2]).toBeGreaterThan(0);
  });

  it('measures and keeps the weights half way with --wise-ft 0.5', async () => {
    const out = join(fixture.root, 'wise-ft');
    const before = tf.memory().numTensors;
    await run(...shortTraining(fixture, out), '--wise-ft', '0.5');
    expect(tf.memory().numTensors).toBe(before);
    const name = 'layer3.0.conv1.weight';
    const floats = async (file: string) => {
      const { data } = (await loadStateDict(file)).tensors[name]!;
      return new Float32Array(new Uint8Array(data).buffer);
    };
    const [start, end, half] = [
      await floats(fixture.weights),
      await floats(join(first, 'model.safetensors')),
      await floats(join(out, 'model.safetensors')),
    ];
    half.forEach((value, i) => {
      expect(value).toBeCloseTo((start[i]! + end[i]!) / 2, 6);
    });
  });

  it('selects by held-out source images and keeps that epoch', async () => {
    const out = join(fixture.root, 'selected');
    await run(...shortTraining(fixture, out), '--selection', 'source-held-out', '--epochs', '3');
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    const scores = lines(join(out, 'log.jsonl'))
      .filter(({ kind, epoch }) => kind === 'epoch' && (epoch as number) > 0)
      .map(({ source }) => (source as { meanClassAccuracy: number }).meanClassAccuracy);
    expect(summary.epoch).toBe(1 + scores.indexOf(Math.max(...scores)));
  });
});

describe('evaluate and predict', () => {
  it('find the number of the run again', async () => {
    const weights = join(first, 'model.safetensors');
    const { code, out } = await run(
      'evaluate',
      '--data',
      fixture.data,
      '--backbone',
      'resnet10-28',
      '--weights',
      weights,
      '--tta',
      'none',
      '--retention',
      join(fixture.data, 'retention'),
      '--json',
    );
    expect(code).toBe(0);
    const summary = JSON.parse(readFileSync(join(first, 'summary.json'), 'utf8'));
    expect(JSON.parse(out).meanClassAccuracy).toBeCloseTo(summary.target.meanClassAccuracy, 12);
    expect(JSON.parse(out).retention).toEqual({
      images: 968,
      accuracy: summary.retention.accuracy,
      unreadable: 0,
    });
  });

  it('write raw scores of both heads, in the order of the list', async () => {
    const output = join(fixture.root, 'scores.jsonl');
    const weights = join(first, 'model.safetensors');
    const args = [
      'predict',
      '--data',
      fixture.data,
      '--backbone',
      'resnet10-28',
      '--weights',
      weights,
      '--old-head',
      '--output',
      output,
    ];
    expect((await run(...args)).code).toBe(0);
    const list = readFileSync(join(fixture.data, 'validation', 'image_list.txt'), 'utf8')
      .trim()
      .split('\n');
    const scores = lines(output);
    expect(scores.map(({ path }) => path)).toEqual(list.map((line) => line.split(' ')[0]));
    for (const { logits, oldLogits } of scores as { logits: number[]; oldLogits: number[] }[]) {
      expect(logits).toHaveLength(10);
      expect(oldLogits).toHaveLength(242);
      expect([...logits, ...oldLogits].every(Number.isFinite)).toBe(true);
    }
    const again = await run(...args);
    expect(again.code).toBe(1);
    expect(again.err).toContain('exists already');
  });

  it('take a plain pretrained checkpoint, which has the old head alone', async () => {
    const output = join(fixture.root, 'old.jsonl');
    const args = [
      'predict',
      '--data',
      fixture.data,
      '--backbone',
      'resnet10-28',
      '--weights',
      fixture.weights,
      '--output',
      output,
    ];
    const without = await run(...args);
    expect(without.code).toBe(1);
    expect(without.err).toContain('--old-head');
    expect(existsSync(output)).toBe(false);
    expect((await run(...args, '--old-head')).code).toBe(0);
    const [line] = lines(output) as { logits: null; oldLogits: number[] }[];
    expect(line!.logits).toBeNull();
    expect(line!.oldLogits).toHaveLength(242);
  });
});

describe('folders', () => {
  it('are not left with anything half-written', () => {
    const left = readdirSync(fixture.root, { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith('.tmp') || name.includes('partial'))).toEqual([]);
  });
});
