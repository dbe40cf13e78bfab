import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultyFiles } from '../__fixtures__/faulty-files.js';
import { someRun } from '../__fixtures__/run.js';
import { loadCheckpoint } from '../checkpoint/load.js';
import { openJournal } from '../log/journal.js';
import { readLog } from '../log/log.js';
import { createLedger } from './ledger.js';
import { oracleBest, type SelectionRule, selectEpoch } from './selection.js';

const reading = { target: 'validation', purpose: 'epoch accuracy', images: 100 };

describe('the ledger', () => {
  it('takes down every reading, in its file and in the log', () => {
    const run = someRun();
    const journal = openJournal(run, undefined, { now: () => 2000 });
    let step = 0;
    const ledger = createLedger(run, { journal, step: () => step, now: () => 3000 });
    step = 10;
    ledger.onReading(reading);
    step = 20;
    ledger.onReading({ ...reading, purpose: 'final' });
    expect(ledger.readings()).toEqual([reading, { ...reading, purpose: 'final' }]);
    expect(ledger.summary()).toEqual({ readings: 2, purposes: { 'epoch accuracy': 1, final: 1 } });
    expect(readLog(run)).toEqual([
      { kind: 'oracle', step: 10, ...reading, time: 2 },
      { kind: 'oracle', step: 20, ...reading, purpose: 'final', time: 2 },
    ]);
    expect(readFileSync(join(run.dir, 'ledger.jsonl'), 'utf8').split('\n')[0]).toBe(
      JSON.stringify({ step: 10, ...reading, time: 3 }),
    );
    journal.close();
  });

  it('forgets nothing when a run is resumed, and mends a torn last line', async () => {
    const run = someRun();
    const first = createLedger(run);
    first.onReading(reading);
    first.onReading(reading);
    appendFileSync(join(run.dir, 'ledger.jsonl'), '{"step":3,"tar');
    openJournal(run, await loadCheckpoint(run)).close();
    const again = createLedger(run);
    again.onReading(reading);
    expect(again.summary()).toEqual({ readings: 3, purposes: { 'epoch accuracy': 3 } });
    expect(createLedger(run).readings()).toHaveLength(3);
  });

  it('counts no reading that it could not write', () => {
    const run = someRun();
    const probe = faultyFiles('full', Number.POSITIVE_INFINITY);
    createLedger({ ...run, files: probe.files });
    const { files } = faultyFiles('full', probe.calls() + 1);
    const ledger = createLedger({ ...run, files });
    expect(() => ledger.onReading(reading)).toThrow(/ledger\.jsonl[\s\S]*disk is full/);
    expect(ledger.readings()).toEqual([]);
    expect(createLedger(run).readings()).toEqual([]);
  });
});

describe('selectEpoch', () => {
  const scored = [0.5, 0.9, 0.9, 0.7].map((sourceHeldOut, epoch) => ({ epoch, sourceHeldOut }));

  it('takes the last, or the first of the best on held-out source', () => {
    expect(selectEpoch(scored, 'last')).toBe(3);
    expect(selectEpoch(scored, 'source-held-out')).toBe(1);
  });

  it('does not depend on what the target would say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true, min: 0, max: 1 }), fc.double()), { minLength: 1 }),
        fc.constantFrom<SelectionRule>('last', 'source-held-out'),
        (pairs, rule) => {
          const blind = pairs.map(([sourceHeldOut], epoch) => ({ epoch, sourceHeldOut }));
          const seeing = pairs.map(([sourceHeldOut, target], epoch) => ({ epoch, sourceHeldOut, target }));
          expect(selectEpoch(seeing, rule)).toBe(selectEpoch(blind, rule));
        },
      ),
    );
  });

  it('refuses what it cannot select by', () => {
    expect(() => selectEpoch([], 'last')).toThrow(/no epoch has ended/);
    expect(() => selectEpoch([{ epoch: 0 }], 'source-held-out')).toThrow(/epoch 0[\s\S]*--selection last/);
    expect(() => selectEpoch([{ epoch: 0, sourceHeldOut: Number.NaN }], 'source-held-out')).toThrow(
      /epoch 0/,
    );
    expect(() => selectEpoch(scored, 'target' as SelectionRule)).toThrow(/one of last, source-held-out/);
  });
});

describe('oracleBest', () => {
  it('is the first best on the target, whatever was selected', () => {
    const scores = [0.2, Number.NaN, 0.6, 0.6].map((target, epoch) => ({ epoch, target }));
    expect(oracleBest(scores)).toEqual({ bestEpoch: 2, best: 0.6 });
    expect(oracleBest([])).toBeUndefined();
  });
});
