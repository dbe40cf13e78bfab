import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '@syn2real/cli';
import { createRng, disposeParams, tf } from '@syn2real/core';
import { initPolicy } from '@syn2real/l2o';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPolicy, writePolicy } from './model/policy-file.js';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';
import { stopped } from './testing/stopped.js';

let fixture: Fixture;
let policy: string;

beforeAll(async () => {
  fixture = await makeFixture();
  policy = join(fixture.root, 'policy.safetensors');
  const params = initPolicy(createRng(3), 7);
  await writePolicy(policy, params);
  disposeParams(params);
});
afterAll(() => fixture.remove());

const windows = ['--batch-size', '8', '--window-growth', 'constant', '--window-min', '3'];

interface Decision {
  step: number;
  observation: { progress: number; scales: Record<string, number>; norms?: object };
  scales: Record<string, number>;
}

function logged(dir: string, kind: string): Record<string, unknown>[] {
  return readFileSync(join(dir, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => line.kind === kind)
    .map(({ time: _, ...rest }) => rest);
}

const decisions = (dir: string) => logged(dir, 'decision') as unknown as Decision[];
const model = (dir: string) => readFileSync(join(dir, 'model.safetensors'));

async function trained(name: string, ...args: string[]): Promise<string> {
  const dir = join(fixture.root, name);
  const { code, err } = await run(...shortTraining(fixture, dir), ...windows, ...args);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  return dir;
}

describe('train with a controller', () => {
  it('decides between windows, with the frozen policy, the same on every run', async () => {
    const before = tf.memory().numTensors;
    const first = await trained('asg', '--method', 'asg', '--policy', policy);
    expect(tf.memory().numTensors).toBe(before);
    const made = decisions(first);
    expect(made.map(({ step }) => step)).toEqual([3, 4, 7]);
    expect(made[0]!.observation.progress).toBeCloseTo((0 + 1 + 2) / 3 / 8, 12);
    expect(Object.values(made[0]!.observation.scales)).toEqual(new Array(7).fill(1));
    expect(made[1]!.observation.scales).toEqual(made[0]!.scales);
    for (const scale of Object.values(made[0]!.scales))
      expect(scale * 10).toBeCloseTo(Math.round(scale * 10));
    const config = JSON.parse(readFileSync(join(first, 'config.json'), 'utf8'));
    expect(JSON.stringify(config)).toContain('"controller":"learned"');
    const again = await trained('asg-again', '--method', 'asg', '--policy', policy);
    expect(model(again).equals(model(first))).toBe(true);
  });

  it.each([
    ['random', []],
    ['random-once', []],
    ['fixed', ['--scales', 'classifier=1,*=0']],
    ['schedule', ['--scales', 'classifier=1,*=0', '--scales-end', '*=1']],
    ['auto-rgn', []],
  ] as const)('trains with --controller %s', async (controller, more) => {
    const dir = await trained(controller, '--method', 'naive', '--controller', controller, ...more);
    const [first, second] = decisions(dir);
    const values = Object.values(first!.scales);
    expect(values).toHaveLength(7);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    if (controller === 'random-once') expect(second!.scales).toEqual(first!.scales);
    if (controller === 'fixed') expect(first!.observation.scales).toEqual(first!.scales);
    if (controller === 'auto-rgn') {
      expect(Math.max(...values)).toBe(1);
      expect(Object.keys(first!.observation.norms!)).toHaveLength(7);
    }
    if (controller === 'schedule') expect(second!.scales.conv1).toBeGreaterThan(first!.scales.conv1!);
  });

  it('stopped in the middle of a window, ends with the bits of a run that never was', async () => {
    const whole = join(fixture.root, 'asg');
    for (const stopAfter of [2, 5]) {
      const dir = join(fixture.root, `stopped-${stopAfter}`);
      const args = [...shortTraining(fixture, dir), ...windows, '--method', 'asg', '--policy', policy];
      await expect(stopped(args, dir, stopAfter)).rejects.toThrow(ExitCode);
      expect(logged(dir, 'step')).toHaveLength(stopAfter);
      expect((await run(...args, '--resume')).code).toBe(0);
      expect(decisions(dir)).toEqual(decisions(whole));
      expect(logged(dir, 'step')).toEqual(logged(whole, 'step'));
      expect(model(dir).equals(model(whole))).toBe(true);
    }
  });

  it('says what a controller lacks', async () => {
    const out = join(fixture.root, 'lacking');
    mkdirSync(out);
    for (const [args, said] of [
      [['--method', 'asg'], '--policy'],
      [['--controller', 'fixed'], '--scales'],
      [['--controller', 'schedule', '--scales', '*=1'], '--scales-end'],
      [['--controller', 'fixed', '--scales', 'nothing=1'], 'group'],
      [['--controller', 'learned', '--policy', fixture.weights], 'not the tensors of an L2O policy'],
    ] as const) {
      const { code, err } = await run(...shortTraining(fixture, out), ...args);
      expect(code).toBe(1);
      expect(err).toContain(said);
    }
  });
});

describe('a policy file', () => {
  it('keeps every bit', async () => {
    const { params, sha256 } = await loadPolicy(policy);
    const again = join(fixture.root, 'again.safetensors');
    await writePolicy(again, params);
    expect((await loadPolicy(again)).sha256).toBe(sha256);
    expect(readFileSync(again).equals(readFileSync(policy))).toBe(true);
    tf.dispose({ ...params });
  });
});
