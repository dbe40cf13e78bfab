import { loadWeights, trainOptions } from '@syn2real/app-visda17';
import { type OptionValues, option } from '@syn2real/cli';
import { disposeParams, type TargetDomain, UserError } from '@syn2real/core';
import { createDecodePool, type DecodePool, openCityscapesTarget } from '@syn2real/datasets';
import { selectBackend } from '@syn2real/trainer';
import { z } from 'zod';
import { evaluationOptions } from '../config/evaluation-options.js';
import { networkRecipe, runOptions } from '../config/train-options.js';
import { disposeSegmenter, type Segmenter, segmenterFrom } from '../model/load.js';

/** Options of the commands that read a trained network. */
export const networkOptions = {
  target: option(
    '--target <dir>',
    'folder in Cityscapes layout: leftImg8bit/{split}/{city}/…',
    z.string().min(1),
  ),
  split: option('--split <name>', 'train, val or test', z.enum(['train', 'val', 'test']).default('val')),
  ...networkRecipe,
  weights: option('--weights <source>', 'model.safetensors of a run', z.string().min(1)),
  ...evaluationOptions,
  skipUnreadable: trainOptions.skipUnreadable,
  backend: runOptions.backend,
  workers: runOptions.workers,
  offline: runOptions.offline,
} as const;

/** A network with threads to decode images for it. */
export interface OpenWeights {
  readonly model: Segmenter;
  readonly pool: DecodePool;
  close(): Promise<void>;
}

/** What {@link openWeights} reads. */
export type WeightOptions = Omit<OptionValues<typeof networkOptions>, 'target' | 'split'>;

/** Opens weights and backend. */
export async function openWeights(
  options: WeightOptions,
  classes: number | undefined,
  log: (line: string) => void,
): Promise<OpenWeights> {
  await selectBackend(options.backend, { log });
  const weights = await loadWeights(options.weights, options);
  const model = segmenterFrom(options, weights.tensors, classes);
  const pool = createDecodePool({ workers: options.workers });
  return {
    model,
    pool,
    async close() {
      disposeSegmenter(model);
      await pool.close();
    },
  };
}

/** Opens a target split and a network that has been trained on its classes, without the old task's classifier. */
export async function openTrained(
  options: OptionValues<typeof networkOptions>,
  log: (line: string) => void,
): Promise<OpenWeights & { readonly target: TargetDomain }> {
  const target = await openCityscapesTarget(options.target, { split: options.split });
  const network = await openWeights(options, target.classes.length, log);
  try {
    checkTrained(network.model, options.weights);
    disposeParams(network.model.old.params);
  } catch (error) {
    await network.close();
    throw error;
  }
  return { ...network, target };
}

/** @throws UserError where a network has no dense head of its own */
function checkTrained({ trained }: Segmenter, weights: string): void {
  if (trained) return;
  throw new UserError({
    what: 'these weights have no score layers',
    got: weights,
    expected: 'the model.safetensors of a run',
    fix: 'train first',
  });
}
