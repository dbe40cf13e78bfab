import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as visda17 } from '@syn2real/app-visda17';
import { prepareMinibench } from '@syn2real/minibench';
import { run } from './capture.js';
import { writeUntrained } from './untrained.js';

/** A small data folder, untrained weights for it, and a start that was trained on it for an epoch. */
export interface Fixture {
  readonly root: string;
  readonly data: string;
  /** Options of `visda17 train` that make such a start. */
  readonly startOptions: readonly string[];
  readonly start: string;
  remove(): void;
}

/** The mini benchmark with a few images. */
export async function makeFixture({ source = 60, target = 40 } = {}): Promise<Fixture> {
  const root = mkdtempSync(join(tmpdir(), 'self-training-'));
  const data = join(root, 'data');
  await prepareMinibench(data, { sourceCount: source, targetCount: target, fonts: ['arvo'] });
  const weights = await writeUntrained(root);
  const options = {
    data,
    weights,
    backbone: 'resnet10-28',
    method: 'naive',
    head: 'linear',
    epochs: '1',
    'batch-size': '16',
    lr: '0.01',
    'backbone-factor': '1',
    warmup: '1',
    tta: 'none',
    'source-held-out': '0.2',
    workers: '0',
  };
  const startOptions = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const start = join(root, 'start');
  const { code, err } = await run(['train', ...startOptions, '--out', start], visda17);
  if (code !== 0) throw new Error(err);
  return { root, data, startOptions, start, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** The options of a short adaptation of the start. */
export function shortTraining({ start }: Fixture, out: string): string[] {
  const options = {
    init: start,
    out,
    rounds: '2',
    'batch-size': '8',
    lr: '0.01',
    'source-share': '0.4',
    'source-share-cap': '0.5',
    augment: 'crop',
    workers: '0',
  };
  return ['train', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}

/** The lines of a file of JSON lines. */
export function lines(file: string): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
