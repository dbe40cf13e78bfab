import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkFolder } from '@syn2real/cli';
import type { RunSettings } from '../config/train-options.js';
import { train } from '../training/train.js';
import type { TrainIo } from '../training/train-io.js';
import type { Trial } from './trials.js';

/** Trains a trial in its folder: one that is complete is used as it is, one that was stopped goes on. */
export async function runTrial(
  { label, name, recipe }: Trial,
  out: string,
  settings: RunSettings,
  io: Pick<TrainIo, 'log' | 'stop'>,
): Promise<'trained' | 'reused'> {
  const dir = join(out, name);
  const there = checkFolder(dir, recipe);
  if (existsSync(join(dir, 'summary.json'))) return 'reused';
  await train(recipe, { ...settings, resume: there }, { dir, label, stream: process.stderr, ...io });
  return 'trained';
}
