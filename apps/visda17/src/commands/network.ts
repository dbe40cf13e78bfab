import type { TargetDomain } from '@syn2real/core';
import { createDecodePool, type Loader, openVisda17Target } from '@syn2real/datasets';
import { selectBackend } from '@syn2real/trainer';
import type { OptionValues } from '../config/option.js';
import { type Model, modelFrom } from '../model/load.js';
import { loadWeights } from '../model/weights.js';
import { loaderFor } from '../training/loaded.js';
import type { networkOptions } from './options.js';

/** A network and the images of a target split. */
export interface OpenNetwork {
  readonly model: Model;
  readonly target: TargetDomain;
  readonly loader: Loader;
  close(): Promise<void>;
}

/** Opens data, weights and backend for the commands that only run a network. */
export async function openNetwork(
  options: OptionValues<typeof networkOptions>,
  log: (line: string) => void,
): Promise<OpenNetwork> {
  const target = await openVisda17Target(options.data, { split: options.split });
  await selectBackend(options.backend, { log, training: false });
  const weights = await loadWeights(options.weights, options);
  const model = modelFrom(options.backbone, weights.tensors);
  const pool = createDecodePool({ workers: options.workers });
  const loader = loaderFor(target, model, pool, { cacheMb: 0, skipUnreadable: options.skipUnreadable });
  return { model, target, loader, close: () => pool.close() };
}

/** A line on stderr, where it disturbs no output. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
