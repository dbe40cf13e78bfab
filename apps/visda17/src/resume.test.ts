import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@syn2real/core';
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

/** What a process of its own ended with, that sends itself a signal after some more lines of the run's log. */
function signalAfter(
  args: readonly string[],
  lines: number,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--import', signalSelf, ...node, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SIGNAL_SELF: `${signal} ${lines}` },
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, said }));
  });
}

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
