import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Params, tf } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fault, faultyFiles } from '../__fixtures__/faulty-files.js';
import { someRun } from '../__fixtures__/run.js';
import { openJournal } from '../log/journal.js';
import { DIVERGED } from '../run/exit-code.js';
import { openRun, type Run } from '../run/run.js';
import { listCheckpoints } from './list.js';
import { loadCheckpoint } from './load.js';
import { saveCheckpoint } from './save.js';
import { toRecords } from './tensors.js';

/** The tensors' bytes, types and shapes. */
async function recordsOf(tensors: Params) {
  const entries = Object.entries(toRecords(tensors)).map(async ([name, { dtype, shape, chunks }]) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of chunks()) pieces.push(piece);
    return [name, { dtype, shape, data: new Uint8Array(Buffer.concat(pieces)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const groups = (fill: number): Record<string, Params> => ({
  params: { 'conv1.weight': tf.fill([2, 3], fill), 'fc.bias': tf.tensor1d([fill, -fill]) },
  optimizer: { 'conv1.weight': tf.zeros([2, 3]) },
});

async function save(run: Run, step: number, options = {}) {
  const tensors = groups(step);
  await saveCheckpoint(run, step, tensors, { step, rng: { key: [1, 2], counter: step } }, options);
  tf.dispose(tensors);
}

async function load(run: Run, options = {}) {
  const loaded = await loadCheckpoint(run, options);
  if (loaded === undefined) return undefined;
  const weight = loaded.groups.params?.['conv1.weight'];
  const first = weight === undefined ? undefined : (await weight.data())[0];
  tf.dispose(loaded.groups);
  return { step: loaded.step, state: loaded.state, first, damaged: loaded.damaged };
}

describe('a checkpoint', () => {
  it('comes back bit by bit, NaN payloads and negative zeros too', async () => {
    const run = someRun();
    const bits = new Uint32Array([
      0x7fc12345, 0xffc00001, 0x80000000, 0, 0x7f800000, 1, 0x7f7fffff, 0x3f800001,
    ]);
    const tensors = {
      odd: { f: tf.tensor(new Float32Array(bits.buffer), [2, 4]) },
      kinds: {
        i: tf.tensor1d([-1, 2 ** 31 - 1], 'int32'),
        b: tf.tensor1d([true, false], 'bool'),
        scalar: tf.scalar(0.1),
        empty: tf.zeros([0, 3]),
      },
      none: {},
    };
    await saveCheckpoint(run, 7, tensors, { nested: [1, { a: 'ü' }] });
    const loaded = (await loadCheckpoint(run))!;
    expect(loaded.step).toBe(7);
    expect(loaded.state).toEqual({ nested: [1, { a: 'ü' }] });
    expect(Object.keys(loaded.groups).sort()).toEqual(['kinds', 'none', 'odd']);
    for (const [group, saved] of Object.entries(tensors)) {
      const before = await recordsOf(saved);
      const after = await recordsOf(loaded.groups[group]!);
      expect(after).toEqual(before);
      expect(Object.keys(after)).toEqual(Object.keys(before));
    }
    const odd = await loaded.groups.odd!.f!.data();
    expect(new Uint32Array(odd.slice().buffer)).toEqual(bits);
    tf.dispose([tensors, loaded.groups]);
  });

  it('keeps any float32 bits (property)', async () => {
    const run = someRun();
    let step = 0;
    await fc.assert(
      fc.asyncProperty(fc.uint32Array({ minLength: 1, maxLength: 40 }), async (bits) => {
        const given = new Float32Array(bits.slice().buffer);
        const tensor = tf.tensor1d(given);
        await saveCheckpoint(run, ++step, { odd: { tensor } }, {});
        const loaded = (await loadCheckpoint(run))!;
        const back = await loaded.groups.odd!.tensor!.data();
        expect(new Uint32Array(back.slice().buffer)).toEqual(new Uint32Array(given.slice().buffer));
        tf.dispose([tensor, loaded.groups]);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves no tensor behind', async () => {
    const run = someRun();
    await save(run, 1);
    await load(run);
    const before = tf.memory().numTensors;
    await save(run, 2);
    await load(run);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is the newest by number, of which the last few stay', async () => {
    const run = someRun();
    for (const step of [9, 10, 100, 200]) await save(run, step, { keepLast: 2, keep: [9] });
    expect(listCheckpoints(run)).toEqual([9, 100, 200]);
    expect(await load(run)).toMatchObject({ step: 200, first: 200 });
    expect(await load(run, { step: 9 })).toMatchObject({ step: 9, first: 9 });
    await expect(load(run, { step: 10 })).rejects.toThrow(/no checkpoint of step 10[\s\S]*9, 100, 200/);
  });

  it('can be loaded in part', async () => {
    const run = someRun();
    await save(run, 1);
    const loaded = (await loadCheckpoint(run, { groups: ['params'] }))!;
    expect(Object.keys(loaded.groups)).toEqual(['params']);
    tf.dispose(loaded.groups);
  });

  it('is undefined where there is none', async () => {
    expect(await loadCheckpoint(someRun())).toBeUndefined();
  });

  it('replaces one of the same step', async () => {
    const run = someRun();
    await save(run, 5);
    const other = groups(6);
    await saveCheckpoint(run, 5, other, { again: true });
    tf.dispose(other);
    expect(await load(run)).toMatchObject({ step: 5, first: 6, state: { again: true } });
  });

  it('is refused where a parameter is not finite, and the last one stays', async () => {
    const run = someRun();
    await save(run, 1);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const tensors = { params: { good: tf.ones([3]), bad: tf.tensor1d([1, value]) } };
      const saved = saveCheckpoint(run, 2, tensors, {});
      await expect(saved).rejects.toMatchObject({
        message: expect.stringMatching(/step 2[\s\S]*"bad"/),
        parts: { exitCode: DIVERGED },
      });
      tf.dispose(tensors);
    }
    expect(readdirSync(join(run.dir, 'checkpoints'))).toEqual(['1']);
  });

  it('refuses state that JSON would change', async () => {
    const run = someRun();
    await expect(saveCheckpoint(run, 1, {}, { best: Number.NaN })).rejects.toThrow(/NaN/);
    expect(readdirSync(join(run.dir, 'checkpoints'))).toEqual([]);
  });
});

describe('a damaged checkpoint', () => {
  it('is named wherever a byte is changed, and the one before is had with fallback', async () => {
    const run = someRun();
    await save(run, 1);
    await save(run, 2);
    const folder = join(run.dir, 'checkpoints', '2');
    const names = readdirSync(folder);
    expect(names.sort()).toEqual(['optimizer.safetensors', 'params.safetensors', 'state.json']);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (name, where, flip) => {
          const path = join(folder, name);
          const good = readFileSync(path);
          const bad = Buffer.from(good);
          const at = Math.floor(where * good.length);
          bad[at] = bad[at]! ^ flip;
          writeFileSync(path, bad);
          try {
            const same = name === 'state.json' && sameJson(good, bad);
            if (same) return;
            await expect(load(run)).rejects.toThrow(/checkpoints.2 is damaged[\s\S]*--fallback/);
            const older = await load(run, { fallback: true });
            expect(older).toMatchObject({ step: 1, first: 1 });
            expect(older!.damaged).toHaveLength(1);
          } finally {
            writeFileSync(path, good);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(await load(run)).toMatchObject({ step: 2 });
  });

  it('is named where a file is cut short, empty or missing', async () => {
    const run = someRun();
    await save(run, 1);
    const folder = join(run.dir, 'checkpoints', '1');
    for (const name of readdirSync(folder)) {
      const good = readFileSync(join(folder, name));
      for (const length of [0, 1, 8, Math.floor(good.length / 2), good.length - 2]) {
        writeFileSync(join(folder, name), good.subarray(0, length));
        await expect(load(run)).rejects.toThrow(`${name}`);
        await expect(load(run)).rejects.toThrow(/no older checkpoint/);
        await expect(load(run, { fallback: true })).rejects.toThrow(/every checkpoint .* is damaged/);
      }
      rmSync(join(folder, name));
      await expect(load(run)).rejects.toThrow(new RegExp(`${name} cannot be read`));
      writeFileSync(join(folder, name), good);
    }
  });

  it('is known by its step where its folder was renamed, and by its format', async () => {
    const run = someRun();
    await save(run, 1);
    const parent = join(run.dir, 'checkpoints');
    cpSync(join(parent, '1'), join(parent, '3'), { recursive: true });
    await expect(load(run)).rejects.toThrow(/it says that it is of step 1/);
  });

  it('is not what a killed save left', async () => {
    const run = someRun();
    await save(run, 1);
    const parent = join(run.dir, 'checkpoints');
    mkdirSync(join(parent, '.tmp-2.123'));
    mkdirSync(join(parent, 'notes'));
    expect(listCheckpoints(run)).toEqual([1]);
    openJournal(run, (await loadCheckpoint(run))!).close();
    expect(readdirSync(parent).sort()).toEqual(['1', 'notes']);
  });
});

describe.each(['full', 'killed'] as const)('saving when the disk is %s', (fault: Fault) => {
  it('leaves the last good checkpoint, at whatever call it happens', async () => {
    const counted = faultyFiles(fault, Number.POSITIVE_INFINITY);
    await save({ ...someRun(), files: counted.files }, 2);
    expect(counted.calls()).toBeGreaterThan(15);
    for (let at = 1; at <= counted.calls() + 8; at++) {
      const run = someRun();
      await save(run, 1);
      const { files, struck } = faultyFiles(fault, at);
      let failed: unknown;
      try {
        await save({ ...run, files }, 2, { keepLast: 1 });
      } catch (error) {
        failed = error;
      }
      const after = openRun(run.dir);
      const loaded = (await load(after))!;
      expect(loaded.first).toBe(loaded.step);
      if (!struck()) expect(loaded.step).toBe(2);
      if (fault === 'full') {
        if (failed === undefined) expect(loaded.step).toBe(2);
        else expect(String(failed)).toMatch(/disk is full[\s\S]*--resume/);
        const left = readdirSync(join(run.dir, 'checkpoints')).filter((name) => name.startsWith('.tmp'));
        expect(left).toEqual([]);
      }
      await save(after, 3, { keepLast: 1 });
      expect(await load(after)).toMatchObject({ step: 3, first: 3 });
      expect(existsSync(join(run.dir, 'checkpoints', '1'))).toBe(false);
    }
  });
});

function sameJson(a: Buffer, b: Buffer): boolean {
  try {
    return JSON.stringify(JSON.parse(a.toString())) === JSON.stringify(JSON.parse(b.toString()));
  } catch {
    return false;
  }
}
