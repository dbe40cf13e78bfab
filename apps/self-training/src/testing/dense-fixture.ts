import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as gta5Cityscapes } from '@syn2real/app-gta5-cityscapes';
import { prepareSegmentation } from '@syn2real/minibench';
import { run } from './capture.js';
import { writeUntrained } from './untrained.js';

/** A few scenes, and a start that was trained on them for an epoch. */
export interface DenseFixture {
  readonly root: string;
  readonly data: string;
  readonly start: string;
  remove(): void;
}

/** The mini benchmark of segmentation with six printed scenes, two held out and three handwritten ones. */
export async function makeDenseFixture(): Promise<DenseFixture> {
  const root = mkdtempSync(join(tmpdir(), 'self-training-dense-'));
  const data = join(root, 'data');
  await prepareSegmentation(data, { sourceCount: 6, heldOutCount: 2, targetCount: 3, fonts: ['arvo'] });
  const weights = await writeUntrained(root);
  const start = join(root, 'start');
  const options = {
    source: join(data, 'gta5'),
    target: join(data, 'cityscapes'),
    weights,
    backbone: 'resnet10-28',
    method: 'naive',
    epochs: '1',
    'batch-size': '3',
    crop: '32',
    lr: '0.01',
    'backbone-factor': '1',
    'source-held-out': '2',
    workers: '0',
    out: start,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { code, err } = await run(['train', ...args], gta5Cityscapes);
  if (code !== 0) throw new Error(err);
  return { root, data, start, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** The options of a short adaptation of the start. */
export function shortDenseTraining({ start }: DenseFixture, out: string): string[] {
  return [
    'train',
    ...['--task', 'gta5-cityscapes', '--init', start, '--out', out, '--adapt-split', 'val'],
    ...['--rounds', '2', '--epochs-per-round', '1', '--source-share', '0.5', '--source-share-cap', '0.5'],
    ...['--crop', '32', '--portion', '0.5', '--mine-below', '0.05', '--workers', '0', '--mirror', '0'],
  ];
}
