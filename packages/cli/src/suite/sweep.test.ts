import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseLambda, readSweep } from './sweep.js';
import { sweepTable } from './sweep-table.js';
import { runFolder } from './trial.js';

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterAll(() => rmSync(out, { recursive: true }));

describe('a sweep', () => {
  const tried = { lambda: 0.01, trial: { name: 'road-seed1000' } };
  const write = (summary: object) => {
    const dir = runFolder(out, tried.trial);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'summary.json'), JSON.stringify(summary));
  };
  const summary = {
    source: { meanClassAccuracy: 0.97, images: 200, heldOut: true },
    retention: { accuracy: 0.8, agreement: 0.7 },
    target: { meanClassAccuracy: 0.99 },
    oracle: { meanClassAccuracy: 0.99 },
  };

  it('takes of a summary what the choice may see, and nothing of the target', () => {
    expect(readSweep(out, tried)).toBeUndefined();
    write(summary);
    expect(readSweep(out, tried)).toEqual({ lambda: 0.01, source: 0.97, retention: 0.8 });
    write({ ...summary, retention: { accuracy: null, agreement: 0.7 } });
    expect(readSweep(out, tried)?.retention).toBe(0.7);
    write({ ...summary, source: { meanIou: 0.4, heldOut: true } });
    expect(readSweep(out, tried)?.source).toBe(0.4);
  });

  it('says what a summary lacks', () => {
    write({ ...summary, retention: {} });
    expect(() => readSweep(out, tried)).toThrow(/no reading of the old task/);
    write({ ...summary, source: { heldOut: true } });
    expect(() => readSweep(out, tried)).toThrow(/no reading of held-out source images/);
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
    const { rows } = sweepTable([
      {
        row: { id: 'road', label: 'ROAD', given: {}, sweep: [0.01, 0.1, 1, 10] },
        readings,
        diverged: [10],
        chosen: readings[1],
      },
    ]);
    expect(rows.map((cells) => cells.map(({ text }) => text))).toEqual([
      ['ROAD', '0.01', '100.00', '50.00', ''],
      ['ROAD', '0.1', '100.00', '90.00', 'yes'],
      ['ROAD', '1', 'failed', 'failed', ''],
      ['ROAD', '10', 'diverged', 'diverged', ''],
    ]);
  });
});
