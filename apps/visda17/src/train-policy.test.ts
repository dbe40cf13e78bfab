import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, parseOptions } from '@syn2real/cli';
import { disposeParams, tf } from '@syn2real/core';
import { coordinatesOf } from '@syn2real/l2o';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicyRecipe, policyRunOptions } from './config/policy-options.js';
import { loadPolicy } from './model/policy-file.js';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture } from './testing/fixture.js';
import { trainPolicy } from './training/train-policy.js';

let fixture: Fixture;
let whole: string;
const given = () => ({
  data: fixture.data,
  weights: fixture.weights,
  backbone: 'resnet10-28',
  head: 'linear',
  batchSize: '8',
  lr: '0.01',
  epochs: '3',
  earlyStop: '1',
  rollout: '2',
  windowGrowth: 'constant',
  windowMin: '2',
  workers: '1',
});

function logged(dir: string, kind?: string): Record<string, unknown>[] {
  return readFileSync(join(dir, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => kind === undefined || line.kind === kind)
    .map(({ time: _, ...rest }) => rest);
}

const policyOf = (dir: string) => readFileSync(join(dir, 'policy.safetensors'));

beforeAll(async () => {
  fixture = await makeFixture();
  whole = join(fixture.root, 'whole');
  const args = Object.entries(given()).flatMap(([key, value]) => [
    `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value,
  ]);
  const before = tf.memory().numTensors;
  const { code, err } = await run('train-policy', ...args, '--out', whole);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
});
afterAll(() => fixture.remove());

describe('train-policy', () => {
  it('runs episodes of windows, updates the policy, and logs what Figure 8 needs', () => {
    const decisions = logged(whole, 'decision') as {
      episode: number;
      index: number;
      actions: number[];
      scales: Record<string, number>;
      expectedScales: Record<string, number>;
    }[];
    expect(decisions.map(({ episode }) => episode)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(decisions.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { actions, scales, expectedScales } of decisions) {
      expect(actions.map((action) => action / 10)).toEqual(Object.values(scales));
      for (const scale of Object.values(expectedScales)) expect(scale).toBeCloseTo(0.5, 0);
    }
    const updates = logged(whole, 'update') as { gradNorm: number; meanReward: number }[];
    expect(updates).toHaveLength(3);
    for (const { gradNorm } of updates) expect(gradNorm).toBeGreaterThan(0);
    const windows = logged(whole, 'window') as { loss: number; reward?: number }[];
    expect(windows).toHaveLength(9);
    expect(windows[0]).not.toHaveProperty('reward');
    expect(windows[1]!.reward).toBeCloseTo(windows[0]!.loss - windows[1]!.loss, 12);
    expect(JSON.parse(readFileSync(join(whole, 'summary.json'), 'utf8'))).toMatchObject({
      kind: 'policy',
      episodes: 3,
      decisions: 6,
      updates: 3,
    });
  });

  it('starts each episode from the pretrained network and a classifier of its own', () => {
    const first = (
      logged(whole, 'window') as { step: number; regularizerLoss: number; loss: number }[]
    ).filter((_, i) => i % 3 === 0);
    expect(new Set(first.map(({ loss }) => loss)).size).toBe(3);
    const losses = first.map(({ loss }) => Math.abs(loss - Math.log(10)));
    for (const off of losses) expect(off).toBeLessThan(0.5);
  });

  it('writes a policy that training takes', async () => {
    const { params } = await loadPolicy(join(whole, 'policy.safetensors'));
    expect(coordinatesOf(params)).toBe(7);
    disposeParams(params);
  });

  it('stopped in the middle of a window, ends with the bits of one that never was', async () => {
    for (const [questions, every] of [
      [4, 1000],
      [7, 1],
    ] as const) {
      const out = join(fixture.root, `stopped-${every}`);
      const recipe = parsePolicyRecipe(given());
      const settings = parseOptions(policyRunOptions, { ...given(), checkpointEvery: every, out });
      let asked = 0;
      const stop = {
        signal: undefined,
        get exitCode() {
          asked += 1;
          return asked > questions ? 130 : undefined;
        },
        dispose: () => {},
      };
      const io = { dir: out, label: 'policy', log: () => {}, stream: process.stderr };
      await expect(trainPolicy(recipe, settings, { ...io, stop })).rejects.toThrow(ExitCode);
      expect(existsSync(join(out, 'policy.safetensors'))).toBe(false);
      const going = { signal: undefined, exitCode: undefined, dispose: () => {} };
      await trainPolicy(recipe, { ...settings, resume: true }, { ...io, stop: going });
      expect(logged(out)).toEqual(logged(whole));
      expect(policyOf(out).equals(policyOf(whole))).toBe(true);
    }
  });

  it('says what is out of range', async () => {
    const { code, err } = await run(
      'train-policy',
      '--data',
      fixture.data,
      '--weights',
      fixture.weights,
      '--gamma',
      '2',
    );
    expect(code).toBe(1);
    expect(err).toContain('--gamma');
  });
});
