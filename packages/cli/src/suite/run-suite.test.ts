import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { DIVERGED, type Interruption } from '@syn2real/trainer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StartChild } from '../tasks/child.js';
import { runTask } from '../tasks/run-task.js';
import type { SuitePlan } from './plan.js';
import type { SuiteRow } from './row.js';
import { complain, runSuite } from './run-suite.js';
import { SWEEP_SEED } from './sweep.js';
import { runFolder, type SuiteTrial } from './trial.js';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'suite-'));
});
afterEach(() => rmSync(out, { recursive: true }));

const row = { id: 'ewc', label: 'EWC', given: {}, sweep: [1, 10, 100] } satisfies SuiteRow;

function plan(): SuitePlan<SuiteRow, SuiteTrial> {
  const trial = (seed: number, lambda: number): SuiteTrial => ({
    name: `ewc-${lambda}-seed${seed}`,
    label: 'EWC',
    recipe: { seed },
  });
  return {
    out,
    rows: [row],
    seeds: 1,
    jobs: 1,
    policies: [],
    trialOf: (_row, { seed, lambda }) => trial(seed, lambda!),
    sweepTrialOf: (_row, lambda) => trial(SWEEP_SEED, lambda),
    task: ({ name, label }) => runTask({ name, label, dir: runFolder(out, { name }), args: () => [name] }),
  };
}

/** Processes that end with these codes by the trial's name, and with a summary where there is none. */
function io(codes: Readonly<Record<string, number>>) {
  const started: string[] = [];
  const start: StartChild = ([name]) => {
    started.push(name!);
    const code = codes[name!] ?? 0;
    if (code === 0) {
      const dir = runFolder(out, { name: name! });
      mkdirSync(dir, { recursive: true });
      const reading = { source: { meanClassAccuracy: 1, heldOut: true }, retention: { accuracy: 0.9 } };
      writeFileSync(join(dir, 'summary.json'), JSON.stringify(reading));
    }
    return { ended: Promise.resolve(code), stop: () => {} };
  };
  const stop: Interruption = { signal: undefined, exitCode: undefined, dispose: () => {} };
  const stream = new Writable({ write: (_text, _encoding, done) => done() });
  return { started, io: { start, stream, stop, now: () => 0 } };
}

describe('a value of a sweep that diverges', () => {
  it('is lost, and no failure', async () => {
    const { started, io: given } = io({ 'ewc-100-seed1000': DIVERGED, 'ewc-1-seed0': 1 });
    const { sweeps, failures } = await runSuite(plan(), given);
    expect(sweeps[0]).toMatchObject({ diverged: [100], chosen: { lambda: 1 } });
    expect(started.at(-1)).toBe('ewc-1-seed0');
    expect(failures.map(({ task }) => task.name)).toEqual(['ewc-1-seed0']);
  });

  it('is a failure where no other is left', async () => {
    const all = Object.fromEntries(row.sweep.map((lambda) => [`ewc-${lambda}-seed1000`, DIVERGED]));
    const { started, io: given } = io(all);
    const { sweeps, failures } = await runSuite(plan(), given);
    expect(sweeps[0]).toMatchObject({ diverged: row.sweep, readings: [], chosen: undefined });
    expect(started).toHaveLength(3);
    expect(() => complain(failures)).toThrow(/3 trials failed[\s\S]*exit 3, see .*ewc-1-seed1000\.log/);
  });

  it('is one of its own where it failed otherwise', async () => {
    const { io: given } = io({ 'ewc-100-seed1000': 1, 'ewc-1-seed0': 1 });
    const { sweeps, failures } = await runSuite(plan(), given);
    expect(sweeps[0]!.diverged).toEqual([]);
    expect(failures.map(({ task }) => task.name)).toEqual(['ewc-100-seed1000', 'ewc-1-seed0']);
  });
});
