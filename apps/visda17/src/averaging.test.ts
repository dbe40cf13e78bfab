import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '@syn2real/core';
import { ExitCode } from '@syn2real/trainer';
import { loadStateDict } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from './config/train-options.js';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';
import { stopped } from './testing/stopped.js';

let fixture: Fixture;
let whole: string;
/** Four steps, a measurement after each, of which the first starts the valley. */
const swad = ['--average', 'swad', '--swad-every', '1', '--swad-start', '1', '--swad-tolerance', '9'];
const trainingIn = (dir: string) => [...shortTraining(fixture, dir), '--schedule', 'constant'];
const json = (dir: string, file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'));
const logged = (dir: string) =>
  readFileSync(join(dir, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { time: _, ...rest } = JSON.parse(line);
      return rest;
    });
/** A vector, which every layout has the same. */
async function vectorOf(file: string): Promise<Float32Array> {
  const { data } = (await loadStateDict(file)).tensors['layer3.0.bn1.weight']!;
  return new Float32Array(new Uint8Array(data).buffer);
}

beforeAll(async () => {
  fixture = await makeFixture();
  whole = join(fixture.root, 'whole');
});
afterAll(() => fixture.remove());

describe('--average swad', () => {
  it('reports and keeps the mean of the weights in the valley, and says so', async () => {
    const before = tf.memory().numTensors;
    const { code, err } = await run(...trainingIn(whole), ...swad);
    expect(code, err).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
    expect(err).toContain('the weights are the mean of 4 iterations');
    expect(json(whole, 'summary.json').averaged).toBe(4);
    const measured = logged(whole).filter(({ kind }) => kind === 'average');
    expect(measured.map(({ step, iterations }) => [step, iterations])).toEqual(
      [1, 2, 3, 4].map((i) => [i, i]),
    );
    expect(logged(whole).filter(({ kind }) => kind === 'epoch')).toMatchObject([
      { averaged: 0 },
      { averaged: 2 },
      { averaged: 4 },
    ]);

    const iterates: Float32Array[] = [];
    for (const steps of [1, 2, 3, 4]) {
      const dir = join(fixture.root, `iterate-${steps}`);
      await expect(stopped(trainingIn(dir), dir, steps)).rejects.toThrow(ExitCode);
      iterates.push(await vectorOf(join(dir, 'checkpoints', String(steps), 'params.safetensors')));
    }
    const mean = await vectorOf(join(whole, 'model.safetensors'));
    expect(mean).not.toEqual(iterates[3]);
    mean.forEach((value, i) => {
      const wanted = iterates.reduce((sum, iterate) => sum + iterate[i]!, 0) / 4;
      expect(value).toBeCloseTo(wanted, 6);
    });
  });

  it('stopped between measurements, ends with the bits of a run that never was', async () => {
    const often = [...swad.slice(0, 2), '--swad-every', '2', '--swad-start', '1'];
    const through = join(fixture.root, 'through');
    expect((await run(...trainingIn(through), ...often)).code).toBe(0);
    for (const steps of [1, 3]) {
      const dir = join(fixture.root, `stopped-${steps}`);
      const args = [...trainingIn(dir), ...often];
      await expect(stopped(args, dir, steps)).rejects.toThrow(ExitCode);
      expect((await run(...args, '--resume')).code).toBe(0);
      expect(logged(dir)).toEqual(logged(through));
      const model = (of: string) => readFileSync(join(of, 'model.safetensors'));
      expect(model(dir).equals(model(through))).toBe(true);
    }
  });

  it('keeps the last weights where no valley has begun, and says so', async () => {
    const dir = join(fixture.root, 'none');
    const { err } = await run(...trainingIn(dir), '--average', 'swad', '--swad-every', '2');
    expect(err).toContain('the weights are the last ones');
    expect(json(dir, 'summary.json').averaged).toBe(0);
  });

  it("is part of the fingerprint, with the paper's numbers; without it a recipe has none of them", () => {
    const given = { data: 'd', weights: 'w' };
    const { average, swadStart, swadEnd, swadTolerance } = parseRecipe({ ...given, average: 'swad' });
    expect([average, swadStart, swadEnd, swadTolerance]).toEqual(['swad', 3, 6, 0.3]);
    expect(JSON.stringify(parseRecipe(given))).not.toMatch(/average|swad/);
    expect(json(whole, 'fingerprint.json').config).toMatchObject({
      average: 'swad',
      swadStart: 1,
      swadEnd: 6,
    });
  });

  it('says what it needs', async () => {
    const out = join(fixture.root, 'refused');
    for (const [args, said] of [
      [['--source-held-out', '0'], '--source-held-out 0.05'],
      [['--selection', 'source-held-out'], 'leave --selection out'],
      [['--swad-start', '0'], '--swad-start'],
    ] as const) {
      const { code, err } = await run(...trainingIn(out), '--average', 'swad', ...args);
      expect(code).toBe(1);
      expect(err).toContain(said);
    }
  });
});
