import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createRng, type Rng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/run.js';
import { tinyBatch, tinySetup } from '../__fixtures__/tiny.js';
import {
  ExitCode,
  groupRates,
  type Interruption,
  initTrainState,
  type LoopOptions,
  openRun,
  openRunFolder,
  readLog,
  runLoop,
  trainStep,
} from '../index.js';

const IMAGES = 5;
const BATCH = 2;
const base = { conv1: 0.05, conv2: 0.05, fc_new: 0.1 };
const identity = {
  recipe: { seed: 7, epochs: 4 },
  data: {},
  weights: {},
  backend: { name: 'test' },
  selection: 'last',
};

/** Fails at its n-th call: what a kill leaves behind, without one. */
class Crash extends Error {}

interface Trial {
  dir: string;
  /** Throws at this call of the program's functions. */
  crashAt?: number;
  /** Asks to stop at this look at the signal. */
  stopAt?: number;
  options?: Partial<LoopOptions>;
  score?: (epoch: number) => number;
}

/** Two rounds of two epochs, each with labels made from the weights at its start and a fresh optimizer. */
async function train({ dir, crashAt, stopAt, options, score }: Trial) {
  const rng = createRng(7);
  const setup = tinySetup(rng.split('setup'));
  let calls = 0;
  const call = (): void => {
    calls += 1;
    if (calls === crashAt) throw new Crash();
  };
  let looks = 0;
  const stop: Interruption = {
    signal: undefined,
    get exitCode() {
      looks += 1;
      return stopAt !== undefined && looks >= stopAt ? 130 : undefined;
    },
    dispose: () => {},
  };
  let labels: number[] | undefined;
  const entered: { epoch: number; begun: boolean }[] = [];
  const folder = await openRunFolder(dir, identity, {
    resume: existsSync(join(dir, 'config.json')),
    log: () => {},
    from: import.meta.url,
    packages: [],
  });
  try {
    const result = await runLoop(
      folder,
      {
        own: { seen: 0 },
        async fresh() {
          const params = Object.fromEntries(
            Object.entries(setup.params).map(([name, tensor]) => [name, tensor.clone()]),
          );
          return initTrainState(setup.parts, params);
        },
        async beforeEpoch({ epoch, state, own, begun }) {
          call();
          entered.push({ epoch, begun });
          const round = Math.floor(epoch / 2);
          const file = join(dir, `labels-${round}.json`);
          if (begun || epoch % 2 === 1) {
            labels ??= JSON.parse(readFileSync(file, 'utf8')) as number[];
            return undefined;
          }
          const bias = await state.params['fc_new.bias']!.data();
          labels = Array.from({ length: IMAGES }, (_, i) => (i + Math.floor(Math.abs(bias[0]! * 1e4))) % 3);
          writeFileSync(file, JSON.stringify(labels));
          call();
          return {
            state: { ...state, optimizer: setup.parts.optimizer.init(state.params) },
            own: { seen: own.seen + 100 },
          };
        },
        batches: (epoch, offset) => batches(rng.split('order').split(epoch), offset),
        async step({ state, batch, own }) {
          call();
          const batchTensors = tinyBatch(batch.indices, rng.split('images'));
          const hard = tf.tensor1d(
            batch.indices.map((i) => labels![i]!),
            'int32',
          );
          try {
            const result = await trainStep(setup.parts, state, {
              batch: { images: batchTensors.images, labels: hard },
              rates: groupRates(base, 1 / (1 + state.step)),
            });
            return {
              ...result,
              own: { seen: own.seen + batch.indices.length },
              log: { labels: labels!.join('') },
            };
          } finally {
            tf.dispose([batchTensors.images, batchTensors.labels, hard]);
          }
        },
        async measure({ epoch, state, own, onProgress }) {
          call();
          onProgress('half way');
          const bias = await state.params['fc_new.bias']!.data();
          return { bias: bias[0]!, seen: own.seen, held: score?.(epoch) ?? 0 };
        },
        score: ({ held }) => held,
        async finish({ selected, state, records, own, seconds }) {
          const params = await Promise.all(
            Object.values(state.params).map(async (tensor) => Array.from(await tensor.data())),
          );
          expect(seconds).toBeGreaterThanOrEqual(0);
          return { selected: selected.epoch, params, records, own };
        },
      },
      {
        epochs: 4,
        totalSteps: 12,
        checkpointEvery: 2,
        label: 'loop',
        log: () => {},
        stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
        stop,
        ...options,
      },
    );
    return { result, entered, calls, looks };
  } finally {
    folder.close();
    tf.dispose(setup.params);
    setup.dispose();
  }
}

/** Half of the epoch's order in batches, from a place on. */
async function* batches(rng: Rng, offset: number): AsyncGenerator<{ indices: number[]; end: number }> {
  const order = rng.permutation(IMAGES);
  for (let at = offset; at < IMAGES; at += BATCH) {
    const indices = Array.from(order.slice(at, at + BATCH));
    yield { indices, end: at + indices.length };
  }
}

const lines = (dir: string) =>
  readLog(openRun(dir)).map(({ time, ...rest }) => {
    expect(time).toBeGreaterThan(0);
    return rest;
  });

describe('runLoop', () => {
  it('measures, trains and logs, calls back before each epoch, and reports the last', async () => {
    const dir = join(temporaryFolder(), 'run');
    const tensors = tf.memory().numTensors;
    const { result, entered } = await train({ dir });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(entered).toEqual([0, 1, 2, 3].map((epoch) => ({ epoch, begun: false })));
    expect(result.selected).toBe(4);
    expect(result.own).toEqual({ seen: 220 });
    expect(result.records.map(({ epoch, step }) => [epoch, step])).toEqual(
      [0, 1, 2, 3, 4].map((e) => [e, 3 * e]),
    );
    expect(result.records[0]).not.toHaveProperty('taskLoss');
    const log = lines(dir);
    expect(log.map(({ kind, step }) => `${kind} ${step}`).slice(0, 6)).toEqual([
      'epoch 0',
      'step 1',
      'step 2',
      'step 3',
      'epoch 3',
      'step 4',
    ]);
    const losses = log.filter(({ kind, step }) => kind === 'step' && step <= 3);
    const mean = losses.reduce((sum, { task }) => sum + (task as number), 0) / 3;
    expect(result.records[1]!.taskLoss).toBeCloseTo(mean, 12);
  });

  it('stopped anywhere, again and again, or crashed at any call, ends with the same bits and the same log', async () => {
    const whole = join(temporaryFolder(), 'whole');
    const through = await train({ dir: whole });
    const expected = lines(whole);
    const same = async (trial: Omit<Trial, 'dir'>, thrown: typeof Crash | typeof ExitCode) => {
      const dir = join(temporaryFolder(), 'run');
      await expect(train({ ...trial, dir })).rejects.toThrow(thrown);
      const { result, entered } = await train({ dir });
      expect(result, JSON.stringify(trial)).toEqual(through.result);
      expect(lines(dir)).toEqual(expected);
      return entered;
    };
    const begun: number[] = [];
    for (let crashAt = 1; crashAt <= through.calls; crashAt += 2) {
      const [first] = await same({ crashAt }, Crash);
      if (first?.begun) begun.push(first.epoch);
    }
    expect(begun).toEqual(expect.arrayContaining([0, 2]));
    for (let stopAt = 1; stopAt <= through.looks; stopAt += 5) await same({ stopAt }, ExitCode);
  });

  it('crashed at one call after another, ends with the same bits', async () => {
    const whole = await train({ dir: join(temporaryFolder(), 'whole') });
    const dir = join(temporaryFolder(), 'run');
    let ended: typeof whole | undefined;
    for (let attempt = 0; attempt < 40 && ended === undefined; attempt += 1) {
      try {
        ended = await train({ dir, crashAt: 4 + (attempt % 5) });
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
    }
    expect(ended?.result).toEqual(whole.result);
  });

  it('reports the epoch with the best held-out score, whose checkpoint it keeps', async () => {
    const dir = join(temporaryFolder(), 'run');
    const tensors = tf.memory().numTensors;
    const score = (epoch: number) => (epoch === 1 ? 0.9 : 0.5);
    const { result } = await train({ dir, score, options: { selection: 'source-held-out' } });
    expect(result.selected).toBe(1);
    const early = await train({ dir: join(temporaryFolder(), 'early'), options: { epochs: 1 } });
    expect(result.params).toEqual(early.result.params);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('measures every few epochs, and the last', async () => {
    const { result } = await train({
      dir: join(temporaryFolder(), 'run'),
      options: { epochs: 3, measureEvery: 2 },
    });
    expect(result.records.map(({ epoch }) => epoch)).toEqual([0, 2, 3]);
  });

  it('says that it goes on with --resume when stopped', async () => {
    const said: string[] = [];
    const dir = join(temporaryFolder(), 'run');
    const options = { log: (line: string) => said.push(line) };
    await expect(train({ dir, stopAt: 6, options })).rejects.toThrow(ExitCode);
    expect(said).toEqual([expect.stringMatching(/^saved after step \d+ in .*; go on with --resume$/)]);
  });
});
