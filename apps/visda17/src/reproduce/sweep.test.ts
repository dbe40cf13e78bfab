import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { miniBenchmark } from './benchmark.js';
import { EXTRA, TABLE2 } from './rows.js';
import { chooseLambda, readSweep, SWEEP_SEED, sweepTrials } from './sweep.js';
import { sweepTable } from './sweep-table.js';
import { trainTask } from './task.js';
import { runFolder } from './trial.js';

const benchmark = miniBenchmark({ data: 'data', epochs: 4, source: 4000, warmup: 100 });
const road = TABLE2.find(({ id }) => id === 'road')!;
let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterAll(() => rmSync(out, { recursive: true }));

describe('a sweep', () => {
  it('never reads the target and trains with a seed that is not reported', () => {
    for (const row of [...TABLE2, ...EXTRA].filter(({ sweep }) => sweep)) {
      const trials = sweepTrials(benchmark, row);
      expect(trials.map(({ lambda }) => lambda)).toEqual(row.sweep);
      for (const { lambda, trial } of trials) {
        expect(trial.recipe).toMatchObject({ lambda, seed: SWEEP_SEED, selection: 'last' });
        expect(trial.recipe.sourceHeldOut).toBeGreaterThan(0);
        const args = trainTask(out, trial).args();
        expect(args[args.indexOf('--measure-target') + 1]).toBe('never');
      }
    }
  });

  it('holds source images out where the benchmark has none', () => {
    const [first] = sweepTrials({ ...benchmark, given: { ...benchmark.given, sourceHeldOut: 0 } }, road);
    expect(first!.trial.recipe.sourceHeldOut).toBe(0.05);
  });

  it('takes of a summary what the choice may see, and nothing of the target', () => {
    const [tried, unfinished] = sweepTrials(benchmark, road);
    const dir = runFolder(out, tried!.trial);
    mkdirSync(dir, { recursive: true });
    const summary = {
      source: { meanClassAccuracy: 0.97, images: 200, heldOut: true },
      retention: { accuracy: 0.8, agreement: 0.7 },
      target: { meanClassAccuracy: 0.99 },
      oracle: { meanClassAccuracy: 0.99 },
    };
    writeFileSync(join(dir, 'summary.json'), JSON.stringify(summary));
    expect(readSweep(out, tried!)).toEqual({ lambda: 0.01, source: 0.97, retention: 0.8 });
    writeFileSync(
      join(dir, 'summary.json'),
      JSON.stringify({ ...summary, retention: { accuracy: null, agreement: 0.7 } }),
    );
    expect(readSweep(out, tried!)?.retention).toBe(0.7);
    expect(readSweep(out, unfinished!)).toBeUndefined();
  });
});

describe('the rule', () => {
  const reading = (lambda: number, source: number, retention: number) => ({ lambda, source, retention });

  it('is the highest retention within half a point of the best source accuracy', () => {
    const readings = [reading(0.1, 0.99, 0.6), reading(1, 0.986, 0.8), reading(10, 0.98, 0.95)];
    expect(chooseLambda(readings)?.lambda).toBe(1);
  });

  it('takes the smallest of equals, in any order, and nothing of nothing', () => {
    const readings = [reading(10, 1, 0.9), reading(0.1, 1, 0.9), reading(1, 1, 0.9)];
    expect(chooseLambda(readings)?.lambda).toBe(0.1);
    expect(chooseLambda([])).toBeUndefined();
  });

  it('is shown with all that was tried', () => {
    const readings = [reading(0.01, 1, 0.5), reading(0.1, 1, 0.9)];
    const { rows } = sweepTable([{ row: road, readings, chosen: readings[1] }]);
    expect(rows.map((cells) => cells.map(({ text }) => text))).toEqual([
      ['ROAD', '0.01', '100.00', '50.00', ''],
      ['ROAD', '0.1', '100.00', '90.00', 'yes'],
      ['ROAD', '1', 'failed', 'failed', ''],
    ]);
  });
});
