import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackbone, oldHead } from '@syn2real/backbones';
import { createRng, disposeParams } from '@syn2real/core';
import { prepareSegmentation } from '@syn2real/minibench';
import { toStateDict, writeSafetensors } from '@syn2real/weights';

/** Small data folders and untrained weights for them, in a temporary folder. */
export interface Fixture {
  readonly root: string;
  /** In GTA5's layout. */
  readonly source: string;
  /** In Cityscapes' layout. */
  readonly target: string;
  readonly retention: string;
  readonly weights: string;
  remove(): void;
}

/** A few scenes of the mini benchmark, and a randomly initialised `resnet10-28` with its old head. */
export async function makeFixture({ source = 6, heldOut = 2, target = 3 } = {}): Promise<Fixture> {
  const root = mkdtempSync(join(tmpdir(), 'gta5-cityscapes-'));
  const data = join(root, 'data');
  await prepareSegmentation(data, {
    sourceCount: source,
    heldOutCount: heldOut,
    targetCount: target,
    fonts: ['arvo'],
  });
  const weights = join(root, 'start.safetensors');
  const backbone = createBackbone('resnet10-28');
  const { params, buffers } = backbone.init(createRng(5));
  const old = oldHead(backbone.channels.pool!, backbone.oldClasses).init(createRng(6));
  await writeSafetensors(weights, await toStateDict([params, buffers, old]));
  for (const part of [params, buffers, old]) disposeParams(part);
  return {
    root,
    source: join(data, 'gta5'),
    target: join(data, 'cityscapes'),
    retention: join(data, 'retention'),
    weights,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The options of a short training on the fixture: 2 epochs of 3 steps. */
export function shortTraining({ source, target, weights }: Fixture, out: string): string[] {
  const options = {
    source,
    target,
    weights,
    out,
    backbone: 'resnet10-28',
    epochs: '2',
    'batch-size': '2',
    crop: '24',
    grid: '2x2',
    lambda: '1',
    lr: '0.001',
    warmup: '2',
    'source-held-out': '2',
    workers: '1',
  };
  return ['train', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}
