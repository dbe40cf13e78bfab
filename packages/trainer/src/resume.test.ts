import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './__fixtures__/run.js';
import { openRun, readLog } from './index.js';
import { readFrames } from './log/events.js';

const signalSelf = new URL('./__fixtures__/signal-self.mjs', import.meta.url).href;
const loop = fileURLToPath(new URL('./__fixtures__/train-loop.ts', import.meta.url));
const tested = process.env.SYN2REAL_TEST_BACKEND ?? 'onnxruntime';
const backend = tested === 'tensorflow' ? 'tfjs-node' : tested;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

interface Start {
  killAt?: number;
  terminateAfter?: number;
  /** Stops itself, as by SIGSTOP, after this line of its log. */
  pauseAt?: number;
}

/** Starts the training loop in a process of its own, which may end itself: see `train-loop.ts`. */
function start(dir: string, { killAt, terminateAfter, pauseAt }: Start = {}) {
  const args = ['--conditions=@syn2real/source', '--import', 'tsx', loop, dir, backend];
  args.push(String(killAt ?? Number.POSITIVE_INFINITY), String(terminateAfter ?? Number.POSITIVE_INFINITY));
  if (pauseAt !== undefined) args.unshift('--import', signalSelf);
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SIGNAL_SELF: `SIGSTOP ${pauseAt}` },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, lines: output.split('\n'), errors }));
  });
  return { child, ended };
}

/** Runs it to its end. */
async function train(dir: string, how: Start = {}): Promise<Ended> {
  const ended = await start(dir, how).ended;
  const { code, signal, errors } = ended;
  if (code === 0 || code === 143 || signal === 'SIGKILL') return ended;
  throw new Error(`the loop ended with ${code ?? signal}:\n${errors}`);
}

/** All that a run leaves but times. */
function remains(dir: string) {
  const checkpoints = readdirSync(join(dir, 'checkpoints')).sort();
  const last = String(Math.max(...checkpoints.map(Number)));
  const bytes = (name: string) => readFileSync(join(dir, 'checkpoints', last, name)).toString('base64');
  const {
    journal: _,
    sha256: __,
    ...manifest
  } = JSON.parse(readFileSync(join(dir, 'checkpoints', last, 'state.json'), 'utf8'));
  const events = readdirSync(dir).filter((name) => name.startsWith('events'));
  const log = readFileSync(join(dir, 'log.jsonl'), 'utf8');
  return {
    checkpoints,
    params: bytes('params.safetensors'),
    optimizer: bytes('optimizer.safetensors'),
    regularizer: bytes('regularizer.safetensors'),
    manifest,
    summary: JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')),
    config: readFileSync(join(dir, 'config.json'), 'utf8'),
    fingerprint: readFileSync(join(dir, 'fingerprint.json'), 'utf8'),
    log: log
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { time, ...rest } = JSON.parse(line);
        expect(time).toBeGreaterThan(1.6e9);
        return rest;
      }),
    events: events.map((name) => {
      // field 1, the wall time, is the first nine bytes of every event
      const { records } = readFrames(readFileSync(join(dir, name)));
      return records.map((record) => Buffer.from(record.subarray(9)).toString('base64'));
    }),
    folder: readdirSync(dir)
      .map((name) => name.replace(/tfevents\.\d+/, 'tfevents'))
      .sort(),
  };
}

describe('a run that is killed and resumed', () => {
  it('ends bit by bit as one that ran through', { timeout: 600_000 }, async () => {
    const through = join(temporaryFolder(), 'run');
    const whole = await train(through);
    expect(whole.code).toBe(0);
    const calls = Number(whole.lines.find((line) => line.startsWith('calls'))!.slice(6));
    expect(calls).toBeGreaterThan(100);
    const expected = remains(through);
    expect(expected.log.filter(({ kind }) => kind === 'train')).toHaveLength(12);
    expect(expected.checkpoints).toEqual(['12', '9']);

    const killed = join(temporaryFolder(), 'run');
    const rng = createRng(Date.now());
    const points: string[] = [];
    const terminated = await train(killed, { terminateAfter: 1 });
    points.push(`SIGTERM: exit ${terminated.code}`);
    expect(terminated.code).toBe(143);
    let kills = 0;
    while (kills < 5) {
      const killAt = 1 + rng.integer(Math.ceil(calls / 2));
      const { signal } = await train(killed, { killAt });
      points.push(`killed at call ${killAt}: ${signal ?? 'had ended before'}`);
      if (signal === null) break;
      kills += 1;
    }
    await train(killed);
    expect(kills, points.join('\n')).toBeGreaterThan(0);
    expect(remains(killed), points.join('\n')).toEqual(expected);
  });
});

describe('a second process on the folder of a run', () => {
  it('is refused, and the first ends bit by bit as if alone', { timeout: 120_000 }, async () => {
    const alone = join(temporaryFolder(), 'run');
    await train(alone);
    const dir = join(temporaryFolder(), 'run');
    const first = start(dir, { pauseAt: 5 });
    const lines = () => (existsSync(join(dir, 'log.jsonl')) ? readLog(openRun(dir)).length : 0);
    while (lines() < 5) {
      expect(first.child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const second = await start(dir).ended;
    first.child.kill('SIGCONT');
    expect(second.code).toBe(1);
    expect(second.errors).toContain('being written into already');
    expect(second.errors).toContain(`process ${first.child.pid} on ${hostname()}, since`);
    const { code, errors } = await first.ended;
    expect(code, errors).toBe(0);
    expect(remains(dir)).toEqual(remains(alone));
  });
});
