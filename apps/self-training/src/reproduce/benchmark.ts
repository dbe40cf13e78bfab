import { join } from 'node:path';
import { HELD_OUT, miniBenchmark, ownBenchmark, type Benchmark as Source } from '@syn2real/app-visda17';
import { MINIBENCH_RECIPE } from '@syn2real/minibench';
import type { Asked, RunSettings } from '../config/train-options.js';

/** What every trial has in common: how starts are trained, and how they are adapted. */
export interface Benchmark {
  readonly title: string;
  readonly source: Source;
  readonly given: Partial<Asked>;
  readonly settings: Partial<RunSettings>;
}

/** Learning rate of the new classifier in ASG's training for VisDA-17. */
const ASG_RATE = 1e-4;
/** Learning rate of self-training on VisDA-17, of every layer. */
const SELF_TRAINING_RATE = 1e-4;

/** What of the mini benchmark can be chosen. */
export interface MiniOptions {
  readonly out: string;
  readonly epochs: number;
  readonly source: number;
}

/**
 * Printed digits → handwritten digits. Nothing is tuned: portions, weights and crops are the published ones; momentum,
 * weight decay and batch size the benchmark's own, which are ASG's; the rate is the published one times what the
 * benchmark's rate is to ASG's; there are as many rounds as the portion needs to reach its cap; digits are not mirrored.
 */
export function miniSelfTraining({ out, epochs, source }: MiniOptions): Benchmark {
  const { headRate, batchSize, momentum, weightDecay } = MINIBENCH_RECIPE;
  return {
    title: 'Printed to handwritten: self-training on unlabelled handwriting',
    source: miniBenchmark({ data: join(out, 'data'), epochs, source, warmup: 100 }),
    given: {
      rounds: 7,
      lr: SELF_TRAINING_RATE * (headRate / ASG_RATE),
      batchSize,
      momentum,
      weightDecay,
      augment: 'crop',
    },
    settings: { workers: 0, evalBatchSize: 100 },
  };
}

/** A folder in VisDA-17's layout, with the programs' own defaults. */
export function ownSelfTraining(given: Source['given']): Benchmark {
  return {
    title: `Self-training: ${given.data}`,
    source: ownBenchmark(given, { settings: {}, policy: {}, ibn: [] }),
    given: {},
    settings: {},
  };
}

export { HELD_OUT };
