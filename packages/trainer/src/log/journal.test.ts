import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { faultyFiles } from '../__fixtures__/faulty-files.js';
import { someRun } from '../__fixtures__/run.js';
import { disposeCheckpoint, loadCheckpoint } from '../checkpoint/load.js';
import { saveCheckpoint } from '../checkpoint/save.js';
import type { Run } from '../run/run.js';
import { readFrames } from './events.js';
import { openJournal } from './journal.js';
import { readLog } from './log.js';

async function save(run: Run, step: number, journal: ReturnType<typeof openJournal>) {
  const params = { w: tf.scalar(step) };
  await saveCheckpoint(run, step, { params }, {}, { journal, keepLast: 9 });
  params.w.dispose();
}

async function resume(run: Run, now?: () => number) {
  const from = await loadCheckpoint(run);
  disposeCheckpoint(from);
  return { from, journal: openJournal(run, from, { now }) };
}

const steps = (run: Run) => readLog(run).map(({ step }) => step);

function eventFile(run: Run): string {
  const names = readdirSync(run.dir).filter((name) => name.startsWith('events'));
  expect(names).toHaveLength(1);
  return join(run.dir, names[0]!);
}

describe('a journal', () => {
  it('writes lines, and numbers as events', () => {
    const run = someRun();
    const journal = openJournal(run, undefined, { now: () => 1_700_000_000_500 });
    journal.record('train', 1, { loss: { task: 0.5, total: Number.NaN }, note: 'x', ok: true, list: [1, 2] });
    journal.record('note', 1, { text: 'no numbers' });
    journal.close();
    expect(readLog(run)).toEqual([
      {
        kind: 'train',
        step: 1,
        loss: { task: 0.5, total: null },
        note: 'x',
        ok: true,
        list: [1, 2],
        time: 1_700_000_000.5,
      },
      { kind: 'note', step: 1, text: 'no numbers', time: 1_700_000_000.5 },
    ]);
    const { records, length } = readFrames(readFileSync(eventFile(run)));
    expect(records).toHaveLength(2);
    expect(length).toBe(readFileSync(eventFile(run)).length);
    expect(Buffer.from(records[1]!).includes('train/loss/task')).toBe(true);
    expect(Buffer.from(records[1]!).includes('total')).toBe(false);
    expect(eventFile(run)).toContain('events.out.tfevents.1700000000.');
  });

  it('goes on from a checkpoint as if what came after had never been', async () => {
    const run = someRun();
    let { journal } = await resume(run);
    for (let step = 1; step <= 5; step++) {
      journal.record('train', step, { loss: step });
      if (step % 2 === 0) await save(run, step, journal);
    }
    journal.record('epoch', 5, { source: 1 });
    journal.close();
    appendFileSync(join(run.dir, 'log.jsonl'), '{"kind":"train","ste');
    appendFileSync(eventFile(run), 'torn');
    const events = eventFile(run);

    const again = await resume(run);
    journal = again.journal;
    expect(again.from!.step).toBe(4);
    expect(steps(run)).toEqual([1, 2, 3, 4]);
    journal.record('train', 5, { loss: 5 });
    journal.close();
    expect(steps(run)).toEqual([1, 2, 3, 4, 5]);
    expect(eventFile(run)).toBe(events);
    const bytes = readFileSync(events);
    expect(readFrames(bytes)).toMatchObject({ length: bytes.length });
    expect(readFrames(bytes).records).toHaveLength(6);
  });

  it('begins anew where there is no checkpoint yet', async () => {
    const run = someRun();
    const first = openJournal(run, undefined, { now: () => 1000 });
    first.record('train', 1, { loss: 1 });
    first.close();
    const { journal } = await resume(run, () => 5000);
    expect(steps(run)).toEqual([]);
    journal.close();
    expect(eventFile(run)).toContain('tfevents.5.');
  });

  it('drops the checkpoints that it goes back behind', async () => {
    const run = someRun();
    const { journal } = await resume(run);
    for (let step = 1; step <= 3; step++) {
      journal.record('train', step, { loss: step });
      await save(run, step, journal);
    }
    journal.close();
    const from = (await loadCheckpoint(run, { step: 2 }))!;
    disposeCheckpoint(from);
    openJournal(run, from).close();
    expect(readdirSync(join(run.dir, 'checkpoints')).sort()).toEqual(['1', '2']);
    expect(steps(run)).toEqual([1, 2]);
  });

  it('removes what a kill left of files that were being written, and nothing else', async () => {
    const run = someRun();
    const before = readdirSync(run.dir).sort();
    writeFileSync(join(run.dir, 'summary.json.4711.tmp'), '{"half');
    writeFileSync(join(run.dir, '.model.safetensors.0b7a.tmp'), 'half');
    writeFileSync(join(run.dir, 'notes.txt'), 'mine');
    openJournal(run, undefined, { events: false }).close();
    expect(readdirSync(run.dir).sort()).toEqual([...before, 'log.jsonl', 'notes.txt'].sort());
  });

  it('keeps the whole lines of a log that someone shortened', async () => {
    const run = someRun();
    const { journal } = await resume(run);
    for (let step = 1; step <= 3; step++) journal.record('train', step, { loss: step });
    await save(run, 3, journal);
    journal.close();
    const path = join(run.dir, 'log.jsonl');
    const text = readFileSync(path);
    writeFileSync(path, text.subarray(0, text.length - 5));
    writeFileSync(eventFile(run), readFileSync(eventFile(run)).subarray(0, -3));
    (await resume(run)).journal.close();
    expect(steps(run)).toEqual([1, 2]);
    expect(readFrames(readFileSync(eventFile(run))).records).toHaveLength(3);
  });

  it('is read up to a damaged line, which is named', () => {
    const run = someRun();
    const journal = openJournal(run, undefined, { events: false });
    journal.record('train', 1, { loss: 1 });
    journal.close();
    expect(readdirSync(run.dir).some((name) => name.startsWith('events'))).toBe(false);
    appendFileSync(join(run.dir, 'log.jsonl'), '{"kind":\n');
    expect(() => readLog(run)).toThrow(/line 2 of .*log\.jsonl is damaged[\s\S]*got: {6}\{"kind":/);
  });

  it('says that the disk is full, and the lines before stay whole', async () => {
    const probe = faultyFiles('full', Number.POSITIVE_INFINITY);
    const counted = { ...someRun(), files: probe.files };
    const trial = openJournal(counted, undefined);
    const before = probe.calls();
    trial.record('train', 1, { loss: 1 });
    const perRecord = probe.calls() - before;
    trial.close();

    const run = someRun();
    const { files } = faultyFiles('full', before + perRecord + 1);
    const journal = openJournal({ ...run, files }, undefined);
    journal.record('train', 1, { loss: 1 });
    expect(() => journal.record('train', 2, { loss: 2 })).toThrow(/log\.jsonl[\s\S]*disk is full/);
    journal.close();
    expect(steps(run)).toEqual([1]);
  });
});
