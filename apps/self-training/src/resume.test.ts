import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, lines, makeFixture, shortTraining } from './testing/fixture.js';
import { killAfter } from './testing/kill.js';

let fixture: Fixture;
const options = [
  '--epochs-per-round',
  '2',
  '--checkpoint-every',
  '2',
  '--batch-size',
  '4',
  '--portion',
  '0.5',
];

beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => fixture.remove());

/** The lines of a run's log without the clock. */
const log = (dir: string) => lines(join(dir, 'log.jsonl')).map(({ time: _time, ...rest }) => rest);

function expectSameRun(dir: string, whole: string): void {
  expect(log(dir)).toEqual(log(whole));
  for (const file of ['model.safetensors', 'pseudo/round-0.safetensors', 'pseudo/round-1.safetensors']) {
    expect(readFileSync(join(dir, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
  }
  const summary = (of: string) => {
    const {
      seconds: _seconds,
      fingerprint: _fingerprint,
      oracle,
      ...rest
    } = JSON.parse(readFileSync(join(of, 'summary.json'), 'utf8'));
    return { ...rest, oracle: { ...oracle, readings: undefined } };
  };
  expect(summary(dir)).toEqual(summary(whole));
}

describe('a run that is killed at any step, again and again', () => {
  it.each([
    ['mrkld+lrent', 3],
    ['mean-teacher', 1],
  ] as const)(
    'ends with the bits of one that never was (%s)',
    async (method, times) => {
      const [whole, dir] = [join(fixture.root, `whole-${method}`), join(fixture.root, `killed-${method}`)];
      const args = (out: string) => [...shortTraining(fixture, out), ...options, '--method', method];
      expect((await run(args(whole))).code).toBe(0);
      const rng = createRng(9);
      let kills = 0;
      while (kills < times) {
        const resume = existsSync(join(dir, 'config.json')) ? ['--resume'] : [];
        if ((await killAfter([...args(dir), ...resume], 2 + rng.integer(5))) === 0) break;
        kills += 1;
      }
      expect(kills).toBeGreaterThan(0);
      if (!existsSync(join(dir, 'summary.json')))
        expect((await run([...args(dir), '--resume'])).code).toBe(0);
      expectSameRun(dir, whole);
    },
    600_000,
  );
});
