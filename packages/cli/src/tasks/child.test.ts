import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, type Reading } from '../index.js';
import { readUsage } from './usage.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'processes-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A program of one module; built programs are started as they are. */
function start(code: string, name: string, onReading: (reading: Reading) => void = () => {}) {
  writeFileSync(join(root, `${name}.mjs`), code);
  const from = pathToFileURL(join(root, 'module.js')).href;
  const processes = processesOf({ from, source: './none.ts', built: `./${name}.mjs` });
  return processes(['a', 'b'], { log: join(root, 'logs', `${name}.log`), threads: 3, onReading });
}

describe('processesOf', () => {
  it('hands arguments and threads on, and keeps what is said, with its progress', async () => {
    const readings: Reading[] = [];
    const code = `
      process.stderr.write([...process.argv.slice(2), process.env.OMP_NUM_THREADS].join(' ') + '\\n');
      process.stderr.write('train 3/4 (75 %), 2 steps/s\\n');
      process.exitCode = 5;
    `;
    expect(await start(code, 'said', (reading) => readings.push(reading)).ended).toBe(5);
    expect(readFileSync(join(root, 'logs', 'said.log'), 'utf8')).toBe('a b 3\ntrain 3/4 (75 %), 2 steps/s\n');
    expect(readings).toEqual([{ done: 3, total: 4, note: '2 steps/s' }]);
  });

  it('stops by signal, and says so', async () => {
    const child = start(
      "process.stderr.write('up 1/2 (50 %), x\\n'); setInterval(() => {}, 1000);",
      'hangs',
      () => child.stop('SIGTERM'),
    );
    expect(await child.ended).toBe(1);
    expect(readFileSync(join(root, 'logs', 'hangs.log'), 'utf8')).toContain('ended by SIGTERM');
  });
});

describe('readUsage', () => {
  it('adds up what processes wrote down, of all or some tasks', () => {
    const logs = join(root, 'usage');
    expect(readUsage(logs)).toEqual({ processes: 0, seconds: 0, cpuSeconds: 0 });
    expect(existsSync(logs)).toBe(false);
    const line = (task: string, cpuSeconds: number) =>
      JSON.stringify({ task, exitCode: 0, seconds: 2, cpuSeconds });
    writeFileSync(join(root, 'usage.jsonl'), `${line('a', 1)}\n${line('b', 4)}\n${line('a', 2)}\n{"task":"a`);
    expect(readUsage(root)).toEqual({ processes: 3, seconds: 6, cpuSeconds: 7 });
    expect(readUsage(root, ['a'])).toEqual({ processes: 2, seconds: 4, cpuSeconds: 3 });
  });
});
