import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Usage } from '../program/run-as-process.js';
import { usageFile } from '../tasks/usage.js';
import { costLine, suiteCost, timeSuite } from './cost.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cost-'));
});
afterAll(() => rmSync(root, { recursive: true }));

it('sums a suite’s attempts and its own trials’ processes, also where an attempt fails', async () => {
  const logs = join(root, 'logs');
  let clock = 0;
  const named = (name: string) => ({ logs, name, now: () => clock });
  const taking = (seconds: number) => async () => {
    clock += seconds * 1000;
    return seconds;
  };
  expect(await timeSuite(named('table1'), taking(60))).toBe(60);
  await timeSuite(named('table2'), taking(7));
  const failing = async () => {
    clock += 15_000;
    throw new Error('stopped');
  };
  await expect(timeSuite(named('table1'), failing)).rejects.toThrow('stopped');
  const usage = (task: string): Usage => ({ task, exitCode: 0, seconds: 50, cpuSeconds: 90 });
  for (const task of ['a', 'b', 'b', 'other'])
    appendFileSync(usageFile(logs), `${JSON.stringify(usage(task))}\n`);

  const tasks = ['a', 'b'].map((name) => ({ name, label: name, args: () => [], done: () => true }));
  const cost = suiteCost(named('table1'), tasks);
  expect(cost).toEqual({ wallSeconds: 75, cpuSeconds: 270, processes: 3 });
  expect(costLine(cost)).toMatch(/^Wall time 1 min 15 s, CPU time of all trials 4 min 30 s in 3 processes/);
});
