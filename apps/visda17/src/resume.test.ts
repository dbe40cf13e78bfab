import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@syn2real/core';
import { reportRuns } from '@syn2real/report';
import { lockFolder } from '@syn2real/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
const signalSelf = new URL('../../../packages/trainer/src/__fixtures__/signal-self.mjs', import.meta.url)
  .href;
const node = ['--conditions=@syn2real/source', '--import', 'tsx', program];
let fixture: Fixture;
let whole: string;
const options = ['--epochs', '3', '--checkpoint-every', '2', '--batch-size', '8'];

beforeAll(async () => {
  fixture = await makeFixture();
  whole = join(fixture.root, 'whole');
  expect((await run(...shortTraining(fixture, whole), ...options)).code).toBe(0);
});
afterAll(() => fixture.remove());

/** The lines of a run's log without the clock. */
function log(dir: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, 'log.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const { time, ...rest } = JSON.parse(line);
    expect(time).toBeGreaterThan(0);
    return rest;
  });
}

function expectSameRun(dir: string): void {
  expect(log(dir)).toEqual(log(whole));
  const bytes = (of: string) => readFileSync(join(of, 'model.safetensors'));
  expect(bytes(dir).equals(bytes(whole))).toBe(true);
  const summary = (of: string) => {
    const { seconds, fingerprint, oracle, ...rest } = JSON.parse(
      readFileSync(join(of, 'summary.json'), 'utf8'),
    );
    return { ...rest, oracle: { ...oracle, readings: undefined } };
  };
  expect(summary(dir)).toEqual(summary(whole));
}

/** A process of its own that sends itself a signal after some more lines of the run's log, and what it ends with. */
function startSignalling(
  args: readonly string[],
  lines: number,
  signal: NodeJS.Signals,
): { child: ChildProcess; ended: Promise<{ code: number | null; said: string }> } {
  const child: ChildProcess = spawn(process.execPath, ['--import', signalSelf, ...node, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SIGNAL_SELF: `${signal} ${lines}` },
  });
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, said }));
  });
  return { child, ended };
}

const signalAfter = (args: readonly string[], lines: number, signal: NodeJS.Signals) =>
  startSignalling(args, lines, signal).ended;

describe('a run that is stopped', () => {
  it('by SIGKILL at any step, again and again, ends with the bits of one that never was', async () => {
    const dir = join(fixture.root, 'killed');
    const rng = createRng(9);
    const args = [...shortTraining(fixture, dir), ...options];
    let kills = 0;
    for (let attempt = 0; attempt < 12; attempt++) {
      const resume = existsSync(join(dir, 'config.json')) ? ['--resume'] : [];
      const { code } = await signalAfter([...args, ...resume], 3 + rng.integer(4), 'SIGKILL');
      if (code === 0) break;
      kills += 1;
      if (kills === 4) {
        expect((await run(...args, '--resume')).code).toBe(0);
        break;
      }
    }
    expect(kills).toBeGreaterThan(0);
    expectSameRun(dir);
  }, 600_000);

  it('by Ctrl-C saves, exits with 130, says how to go on, and goes on', async () => {
    const dir = join(fixture.root, 'interrupted');
    const args = [...shortTraining(fixture, dir), ...options, '--workers', '0'];
    const { code, said } = await signalAfter(args, 4, 'SIGINT');
    expect(code).toBe(130);
    expect(said).toContain('--resume');
    expect(existsSync(join(dir, 'summary.json'))).toBe(false);
    expect((await run(...args, '--resume')).code).toBe(0);
    expectSameRun(dir);
  }, 600_000);
});

describe('the folder of a run that goes on', () => {
  it('is refused to a second process, and the first ends with the bits of one that was alone', async () => {
    const dir = join(fixture.root, 'contended');
    const args = [...shortTraining(fixture, dir), ...options, '--workers', '0'];
    const first = startSignalling(args, 5, 'SIGSTOP');
    try {
      const file = join(dir, 'log.jsonl');
      while (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length <= 5) {
        expect(first.child.exitCode).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      for (const more of [[], ['--resume']]) {
        const { code, err } = await run(...args, ...more);
        expect(code).toBe(1);
        expect(err).toContain(`the folder ${dir} is being written into already`);
        expect(err).toContain(`process ${first.child.pid} on ${hostname()}, since `);
      }
    } finally {
      first.child.kill('SIGCONT');
    }
    const { code, said } = await first.ended;
    expect(code, said).toBe(0);
    expectSameRun(dir);
    const names = (of: string) => readdirSync(of).map((name) => name.replace(/tfevents\.\d+/, 'tfevents'));
    expect(names(dir).sort()).toEqual(names(whole).sort());
  }, 600_000);

  it('is open to commands that only read it', async () => {
    const lock = lockFolder(whole);
    try {
      const { data, root } = fixture;
      const model = ['--weights', join(whole, 'model.safetensors'), '--backbone', 'resnet10-28'];
      const asked = ['--data', data, ...model, '--workers', '0'];
      const evaluated = await run('evaluate', ...asked, '--tta', 'none');
      expect(evaluated.code, evaluated.err).toBe(0);
      const predicted = await run('predict', ...asked, '--output', join(root, 'scores.jsonl'));
      expect(predicted.code, predicted.err).toBe(0);
      await reportRuns([whole], { out: join(root, 'report.html'), embedding: 'none' });
      expect(existsSync(join(root, 'report.html'))).toBe(true);
    } finally {
      lock.release();
    }
  }, 600_000);

  it('is refused to a second suite', async () => {
    const out = join(fixture.root, 'suite');
    const lock = lockFolder(out);
    try {
      const { code, err } = await run('reproduce', 'table1', '--out', out, '--source', '8', '--target', '8');
      expect(code).toBe(1);
      expect(err).toContain(`the folder ${out} is being written into already`);
      expect(readdirSync(out)).toHaveLength(1);
    } finally {
      lock.release();
    }
  });
});
