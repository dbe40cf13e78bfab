import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { asJson, diffJson, openRun, readSummary } from '@syn2real/trainer';
import type { RunSettings } from '../config/train-options.js';
import { type TrainIo, train } from '../training/train.js';
import type { Trial } from './trials.js';

/** Trains a trial in its folder: one that is complete is used as it is, one that was stopped goes on. */
export async function runTrial(
  { label, name, recipe }: Trial,
  out: string,
  settings: RunSettings,
  io: Pick<TrainIo, 'log' | 'stop'>,
): Promise<'trained' | 'reused'> {
  const dir = join(out, name);
  const there = existsSync(join(dir, 'config.json'));
  if (there) {
    const run = openRun(dir);
    const different = diffJson(run.config, asJson(recipe));
    if (different.length > 0) {
      throw new UserError({
        what: `${dir} holds a run with other settings`,
        got: different.map(({ path, before }) => `${path} = ${JSON.stringify(before)}`).join(', '),
        expected: different.map(({ path, after }) => `${path} = ${JSON.stringify(after)}`).join(', '),
        fix: 'name another --out, or remove that folder',
      });
    }
    if (readSummary(run) !== undefined) return 'reused';
  }
  await train(recipe, { ...settings, resume: there }, { dir, label, stream: process.stderr, ...io });
  return 'trained';
}
