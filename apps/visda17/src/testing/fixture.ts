import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackbone, oldHead } from '@syn2real/backbones';
import { createRng, disposeParams } from '@syn2real/core';
import { prepareMinibench } from '@syn2real/minibench';
import { toStateDict, writeSafetensors } from '@syn2real/weights';

/** A small data folder and untrained weights for it, in a temporary folder. */
export interface Fixture {
  readonly root: string;
  readonly data: string;
  readonly weights: string;
  remove(): void;
}

/** The mini benchmark with a few images, and a randomly initialised `resnet10-28` with its old head. */
export async function makeFixture({ source = 40, target = 24 } = {}): Promise<Fixture> {
  const root = mkdtempSync(join(tmpdir(), 'visda17-'));
  const data = join(root, 'data');
  await prepareMinibench(data, { sourceCount: source, targetCount: target, fonts: ['arvo'] });
  const weights = join(root, 'start.safetensors');
  const backbone = createBackbone('resnet10-28');
  const { params, buffers } = backbone.init(createRng(5));
  const old = oldHead(backbone.channels.pool!, backbone.oldClasses).init(createRng(6));
  await writeSafetensors(weights, await toStateDict([params, buffers, old]));
  for (const part of [params, buffers, old]) disposeParams(part);
  return { root, data, weights, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** The options of a short training on the fixture. */
export function shortTraining({ data, weights }: Fixture, out: string): string[] {
  const options = {
    data,
    weights,
    out,
    backbone: 'resnet10-28',
    head: 'linear',
    epochs: '2',
    'batch-size': '16',
    lr: '0.01',
    warmup: '2',
    tta: 'none',
    'source-held-out': '0.2',
    workers: '1',
  };
  return ['train', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}
