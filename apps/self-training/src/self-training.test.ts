import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '@syn2real/core';
import { readFeatures, readRuns } from '@syn2real/report';
import { loadStateDict } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, lines, makeFixture, shortTraining } from './testing/fixture.js';

let fixture: Fixture;
let first: string;
const summaryOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'));

beforeAll(async () => {
  fixture = await makeFixture();
  first = join(fixture.root, 'first');
  const { code, err } = await run([...shortTraining(fixture, first), '--method', 'mrkld+lrent']);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
});
afterAll(() => fixture.remove());

describe('train', () => {
  it('ends with a summary: start, rounds, numbers, the oracle apart, fingerprint', () => {
    const summary = summaryOf(first);
    expect(summary).toMatchObject({
      method: 'mrkld+lrent',
      seed: 0,
      selection: 'last',
      epoch: 2,
      start: { init: fixture.start },
      source: { images: 12, heldOut: true },
      target: { epoch: 2 },
      oracle: { readings: 5 },
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(summary.start.target.meanClassAccuracy).toBeCloseTo(
      summaryOf(fixture.start).target.meanClassAccuracy,
      12,
    );
    expect(summary.rounds).toHaveLength(2);
    expect(summary.rounds[1]).toMatchObject({ round: 1, portion: 0.25, samples: 40, unusable: 0 });
    const counts = summary.target.confusion.flat() as number[];
    expect(counts.reduce((a, b) => a + b, 0)).toBe(40);
  });

  it('logs each round: without labels, and what the oracle says of its labels apart', () => {
    const rounds = lines(join(first, 'log.jsonl')).filter(({ kind }) => kind === 'round');
    expect(rounds.map(({ round }) => round)).toEqual([1, 2]);
    for (const line of rounds) {
      expect(line.selected).toBeGreaterThan(0);
      expect(line.selected).toBeLessThan(0.5);
      expect(line.entropy).toBeGreaterThan(0);
      expect(line.oracle).toEqual({ pseudoLabelAccuracy: expect.any(Number) });
    }
    expect(rounds[0]!.agreement).toBeNull();
    const [record] = readRuns([first]);
    expect(record!.rounds).toHaveLength(2);
    expect(record!.rounds![1]!.pseudoLabelAccuracy).toBe(summaryOf(first).oracle.pseudoLabelAccuracy);
    const purposes = lines(join(first, 'ledger.jsonl')).map(({ purpose }) => purpose);
    expect(purposes).toEqual([
      'accuracy after the start',
      'accuracy after round 1',
      'pseudo-labels of round 1',
      'accuracy after round 2',
      'pseudo-labels of round 2',
    ]);
  });

  it('without the oracle trains the same weights', async () => {
    const out = join(fixture.root, 'blind');
    await run([...shortTraining(fixture, out), '--method', 'mrkld+lrent', '--measure-target', 'never']);
    const bytes = (dir: string) => readFileSync(join(dir, 'model.safetensors'));
    expect(bytes(out).equals(bytes(first))).toBe(true);
    expect(existsSync(join(out, 'ledger.jsonl')) ? readFileSync(join(out, 'ledger.jsonl'), 'utf8') : '').toBe(
      '',
    );
    expect(summaryOf(out)).toMatchObject({
      target: { meanClassAccuracy: null },
      oracle: { meanClassAccuracy: null, pseudoLabelAccuracy: null, readings: 0 },
    });
  });

  it.each(['cbst', 'mrl2+mrent', 'shot', 'mean-teacher'])(
    'trains with --method %s and leaves no tensor',
    async (method) => {
      const before = tf.memory().numTensors;
      const out = join(fixture.root, method);
      const { code, err } = await run([...shortTraining(fixture, out), '--method', method]);
      expect(err).not.toContain('error:');
      expect(code).toBe(0);
      expect(tf.memory().numTensors).toBe(before);
      const [start, end] = await Promise.all(
        [fixture.start, out].map((dir) => loadStateDict(join(dir, 'model.safetensors'))),
      );
      const changed = (name: string) =>
        !Buffer.from(start!.tensors[name]!.data).equals(Buffer.from(end!.tensors[name]!.data));
      expect(changed('layer4.0.conv1.weight')).toBe(true);
      expect(changed('fc_new.weight')).toBe(method !== 'shot');
      expect(changed('fc.weight')).toBe(false);
      expect(changed('bn1.running_mean')).toBe(false);
    },
  );

  it('measures the start alone with --method none', async () => {
    const out = join(fixture.root, 'none');
    const { code, err } = await run([...shortTraining(fixture, out), '--method', 'none']);
    expect(err).not.toContain('error:');
    expect(code).toBe(0);
    const summary = summaryOf(out);
    expect(summary).toMatchObject({ epoch: 0, rounds: [], oracle: { readings: 1 } });
    expect(summary.target.meanClassAccuracy).toBe(summary.start.target.meanClassAccuracy);
  });

  it('goes on from a run of its own', async () => {
    const out = join(fixture.root, 'again');
    const args = [
      'train',
      '--init',
      first,
      '--method',
      'cbst',
      '--rounds',
      '1',
      '--workers',
      '0',
      '--out',
      out,
    ];
    expect((await run(args)).code).toBe(0);
    expect(summaryOf(out).start.target.meanClassAccuracy).toBe(summaryOf(first).target.meanClassAccuracy);
    expect(summaryOf(out).source).toMatchObject({ images: 12, heldOut: true });
  });

  it('makes its own start out of what follows --', async () => {
    const out = join(fixture.root, 'whole');
    const own = ['--method', 'cbst', '--rounds', '1', '--workers', '0', '--out', out];
    expect((await run(['train', ...own, '--', ...fixture.startOptions])).code).toBe(0);
    expect(summaryOf(`${out}-start`).target).toEqual(summaryOf(fixture.start).target);
    expect(summaryOf(out).start.init).toBe(`${out}-start`);
  });
});

describe('evaluate, predict and features', () => {
  it('find the number of the run again', async () => {
    const { code, out } = await run(['evaluate', first, '--', '--json', '--workers', '0']);
    expect(code).toBe(0);
    expect(JSON.parse(out).meanClassAccuracy).toBeCloseTo(summaryOf(first).target.meanClassAccuracy, 12);
  });

  it('write raw scores of the whole list', async () => {
    const output = join(fixture.root, 'scores.jsonl');
    expect((await run(['predict', first, '--', '--output', output, '--workers', '0'])).code).toBe(0);
    expect(lines(output)).toHaveLength(40);
  });

  it('write features with classes, on record', async () => {
    const readings = lines(join(first, 'ledger.jsonl')).length;
    expect((await run(['features', first, '--points', '10', '--workers', '0'])).code).toBe(0);
    const features = await readFeatures(first);
    expect(features).toMatchObject({ count: 10, dimensions: 256 });
    expect([...features!.labels].every((label) => label >= 0 && label < 10)).toBe(true);
    expect(lines(join(first, 'ledger.jsonl')).slice(readings)).toMatchObject([
      { purpose: 'colours of a figure of features', images: 10 },
    ]);
  });
});

describe('what cannot be', () => {
  it.each([
    [['train', '--method', 'cbst'], 'where to start is not clear'],
    [['train', '--init', '/nowhere.safetensors', '--method', 'cbst'], 'no data set is named'],
    [['train', '--method', 'mrkl', '--rounds', '0'], '2 options are not valid'],
    [['train', '--task', 'gta5-cityscapes', '--init', 'x', '--method', 'shot'], 'is for images'],
    [['train', '--task', 'gta5-cityscapes', '--init', 'x'], 'source and target are not named'],
    [['train', '--task', 'gta5-cityscapes', '--init', 'x', '--augment', 'none'], 'not of this task'],
    [['train', '--init', 'x', '--mining', '0.5'], 'not of this task'],
    [['train', '--', '--out', 'x'], 'the place of the start is settled'],
    [['reproduce', 'table5'], 'no such table'],
    [['reproduce', 'table4', '--weights', 'x'], 'its own network'],
  ])('%j is explained', async (args, message) => {
    const { code, err } = await run(args);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it('an unfinished run, a plain checkpoint, another data set', async () => {
    const { err: unfinished } = await run(['train', '--init', fixture.root, '--method', 'cbst']);
    expect(unfinished).toContain('no config.json there');
    const pretrained = join(fixture.root, 'pretrained.safetensors');
    const args = ['train', '--init', pretrained, '--data', fixture.data, '--backbone', 'resnet10-28'];
    const { err: plain } = await run([...args, '--out', join(fixture.root, 'plain')]);
    expect(plain).toContain('no new classifier');
    expect(existsSync(join(fixture.root, 'plain'))).toBe(false);
  });
});
