import { option } from '@syn2real/cli';
import { z } from 'zod';
import { recipeOptions, runOptions } from '../config/train-options.js';

/** Options of the commands that read a trained or pretrained network. */
export const networkOptions = {
  data: recipeOptions.data,
  backbone: recipeOptions.backbone,
  weights: option(
    '--weights <source>',
    'model.safetensors of a run, or any file, URL or hub id of this backbone',
    z.string().min(1),
  ),
  split: option('--split <name>', 'validation or test', z.enum(['validation', 'test']).default('validation')),
  skipUnreadable: recipeOptions.skipUnreadable,
  backend: runOptions.backend,
  workers: runOptions.workers,
  batchSize: option('--batch-size <n>', 'images a forward pass', z.coerce.number().int().min(1).default(32)),
  offline: runOptions.offline,
} as const;
