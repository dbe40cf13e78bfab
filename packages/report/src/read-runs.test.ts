import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lines, temporaryFolder, writeRun } from './__fixtures__/write-runs.js';
import { readRuns } from './read-runs.js';

const summary = {
  method: 'proxy-guidance',
  label: 'Proxy guidance',
  seed: 3,
  selection: 'last',
  source: { meanClassAccuracy: 0.9 },
  target: { meanClassAccuracy: 0.62, perClass: [0.5, null, 0.7], epoch: 2 },
  retention: { accuracy: 0.88 },
  oracle: { bestEpoch: 1, meanClassAccuracy: 0.64 },
  seconds: 12.5,
  classes: ['a', 'b', 'c'],
};
const epoch = (n: number, target: number) => ({
  kind: 'epoch',
  epoch: n,
  step: n * 10,
  taskLoss: 1,
  regularizerLoss: null,
  source: { meanClassAccuracy: 0.8 },
  retention: { accuracy: 0.9, agreement: 0.95 },
  target: { meanClassAccuracy: target, perClass: [target] },
});

const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (isUserError(error)) return error.message;
    throw error;
  }
  throw new Error('no error was thrown');
};

describe('readRuns', () => {
  it('reads a whole folder', () => {
    const dir = writeRun(temporaryFolder(), 'pg-3', {
      summary,
      log: lines(
        { kind: 'step', step: 1, taskLoss: 2 },
        epoch(1, 0.5),
        { kind: 'oracle', x: [] },
        epoch(2, 0.62),
      ),
      config: { rate: 0.1 },
      fingerprint: { sha256: 'abc', command: ['pnpm', 'visda17', 'train', '--data', "it's here"] },
    });
    const [run, ...others] = readRuns([dir]);
    expect(others).toEqual([]);
    expect(run).toEqual({
      dir,
      name: 'pg-3',
      method: 'proxy-guidance',
      label: 'Proxy guidance',
      task: 'classification',
      seed: 3,
      selection: 'last',
      final: { target: 0.62, targetPerClass: [0.5, null, 0.7], retention: 0.88, source: 0.9, epoch: 2 },
      oracle: { target: 0.64, bestEpoch: 1 },
      epochs: [
        {
          epoch: 1,
          step: 10,
          taskLoss: 1,
          regularizerLoss: undefined,
          source: 0.8,
          retention: 0.9,
          agreement: 0.95,
          target: 0.5,
          targetPerClass: [0.5],
        },
        expect.objectContaining({ epoch: 2, target: 0.62 }),
      ],
      seconds: 12.5,
      classes: ['a', 'b', 'c'],
      command: "pnpm visda17 train --data 'it'\\''s here'",
      config: { rate: 0.1 },
      fingerprint: { sha256: 'abc', command: ['pnpm', 'visda17', 'train', '--data', "it's here"] },
    });
  });

  it('reads a segmentation run by its IoU, and its confusion', () => {
    const dense = {
      meanIou: 0.4,
      perClassIou: [0.5, null, 0.3],
      meanClassAccuracy: 0.9,
      perClass: [1, 1, 1],
    };
    const confusion = [
      [5, 1, 0],
      [0, 0, 0],
      [2, 0, 7],
    ];
    const dir = writeRun(temporaryFolder(), 'dense', {
      summary: {
        ...summary,
        source: { meanIou: 0.6 },
        target: { ...dense, pixelAccuracy: 0.8, confusion, epoch: 1 },
        oracle: { bestEpoch: 1, meanIou: 0.41 },
      },
      log: lines({ kind: 'epoch', epoch: 1, source: { meanIou: 0.6 }, target: dense }),
    });
    expect(readRuns([dir])[0]).toMatchObject({
      task: 'segmentation',
      final: { target: 0.4, targetPerClass: [0.5, null, 0.3], pixelAccuracy: 0.8, confusion, source: 0.6 },
      oracle: { target: 0.41, bestEpoch: 1 },
      epochs: [{ epoch: 1, source: 0.6, target: 0.4, targetPerClass: [0.5, null, 0.3] }],
    });
  });

  it('reads the rounds of self-training, each as logged last', () => {
    const round = (n: number, selected: number) => ({
      kind: 'round',
      round: n,
      portion: 0.2,
      selected,
      selectedPerClass: [0.1, null, 0.3],
      agreement: null,
      entropy: 1.2,
      target: { meanClassAccuracy: 0.7 },
      oracle: { pseudoLabelAccuracy: 0.8 },
    });
    const dir = writeRun(temporaryFolder(), 'rounds', {
      summary,
      log: lines(round(2, 0.3), round(1, 0.1), round(1, 0.2)),
    });
    expect(readRuns([dir])[0]?.rounds).toEqual([
      {
        round: 1,
        portion: 0.2,
        selected: 0.2,
        selectedPerClass: [0.1, null, 0.3],
        entropy: 1.2,
        target: 0.7,
        pseudoLabelAccuracy: 0.8,
      },
      expect.objectContaining({ round: 2, selected: 0.3 }),
    ]);
  });

  it('needs no more than a method', () => {
    const dir = writeRun(temporaryFolder(), 'bare', {
      summary: { method: 'naive', target: null, seconds: null },
    });
    expect(readRuns([dir])).toEqual([
      expect.objectContaining({ label: 'naive', selection: 'not recorded', epochs: [], final: {} }),
    ]);
  });

  it('takes the fingerprint of the summary where there is no file', () => {
    const dir = writeRun(temporaryFolder(), 'x', { summary: { method: 'naive', fingerprint: 'f00d' } });
    expect(readRuns([dir])[0]?.fingerprint).toBe('f00d');
  });

  it('reads a folder once however it is named', () => {
    const parent = temporaryFolder();
    const dir = writeRun(parent, 'x', { summary });
    symlinkSync(dir, join(parent, 'again'));
    expect(readRuns([dir, `${dir}/`, join(parent, 'again')]).map((run) => run.name)).toEqual(['x']);
  });

  it('counts an epoch as logged last, in order, and passes over a line cut short', () => {
    const dir = writeRun(temporaryFolder(), 'x', {
      summary,
      log: lines(epoch(2, 0.1), epoch(1, 0.2), epoch(2, 0.3)),
    });
    appendFileSync(join(dir, 'log.jsonl'), '{"kind":"epoch","epo');
    expect(readRuns([dir])[0]?.epochs.map((e) => [e.epoch, e.target])).toEqual([
      [1, 0.2],
      [2, 0.3],
    ]);
  });

  it('says what is wrong with a folder', () => {
    const parent = temporaryFolder();
    writeFileSync(join(parent, 'file'), '');
    mkdirSync(join(parent, 'unfinished'));
    const at = (name: string, files: Parameters<typeof writeRun>[2]) => writeRun(parent, name, files);
    const cases: [string, RegExp][] = [
      [join(parent, 'missing'), /missing is not a run folder.*nothing at that path/s],
      [join(parent, 'file'), /file is not a run folder.*a file/s],
      [join(parent, 'unfinished'), /unfinished is not finished.*no summary\.json.*resume/s],
      [at('not-json', { summary: '{"method":' }), /cannot read .*summary\.json/],
      [at('array', { summary: [] }), /summary\.json has wrong values/],
      [at('no-method', { summary: { seed: 1 } }), /method/],
      [
        at('percent', { summary: { ...summary, target: { meanClassAccuracy: 62 } } }),
        /not a percentage.*target\.meanClassAccuracy/s,
      ],
      [
        at('confusion', { summary: { ...summary, target: { confusion: [[1, 2], [3]] } } }),
        /row 1 has 1 counts, of 2 classes.*target\.confusion/s,
      ],
      [
        at('per-class', { summary: { ...summary, target: { perClass: [1, 1] } } }),
        /2 entries, of 3 classes.*target\.perClass/s,
      ],
      [at('task', { summary: { ...summary, task: 'detection' } }), /task/],
      [at('round', { summary, log: lines({ kind: 'round', round: 0 }) }), /line 1 has wrong values.*round/s],
      [at('text', { summary: { ...summary, retention: { accuracy: '0.9' } } }), /retention\.accuracy/],
      [at('config', { summary, config: 'nope' }), /cannot read .*config\.json/],
      [
        at('log', { summary, log: `${lines(epoch(1, 0.5))}oops\n${lines(epoch(2, 0.5))}` }),
        /log\.jsonl line 2 is broken.*oops/s,
      ],
      [
        at('log-value', { summary, log: lines(epoch(1, 0.5), { kind: 'epoch', epoch: -1 }) }),
        /log\.jsonl line 2 has wrong values.*epoch/s,
      ],
      [at('log-kind', { summary, log: lines(7) }), /log\.jsonl line 1 has wrong values/],
    ];
    for (const [dir, message] of cases) expect(messageOf(() => readRuns([dir]))).toMatch(message);
  });

  it('reads or refuses any JSON with a clear error, never another', () => {
    const parent = temporaryFolder();
    fc.assert(
      fc.property(fc.json(), fc.json(), (a, b) => {
        const dir = writeRun(parent, 'any', { summary: a, log: `${b}\n${a}` });
        try {
          expect(readRuns([dir])).toHaveLength(1);
        } catch (error) {
          expect(isUserError(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
