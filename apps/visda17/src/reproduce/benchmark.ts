import { join } from 'node:path';
import { placeOf } from '@syn2real/cli';
import { checkpointPath, MINIBENCH_RECIPE } from '@syn2real/minibench';
import type { PolicyRecipe } from '../config/policy-options.js';
import type { Recipe, RunSettings } from '../config/train-options.js';

/** Options of `train`, as many as are given. */
export type Given = Partial<Recipe>;

/** Run settings of `train`, as many as are given. */
export type GivenSettings = Partial<RunSettings>;

/** The network of the IBN-Net rows. */
export interface IbnNetwork {
  readonly label: string;
  readonly given: Pick<Recipe, 'backbone' | 'weights'>;
}

/** What every trial of a suite has in common: the data, the network, the recipe. */
export interface Benchmark {
  readonly title: string;
  /** What the target's and the old task's images are. */
  readonly intro: string;
  readonly given: Given & Pick<Recipe, 'data' | 'weights'>;
  readonly settings: GivenSettings;
  /** How policies are trained, where not by their defaults. */
  readonly policy: Partial<PolicyRecipe>;
  readonly ibn: readonly IbnNetwork[];
  /** An image that shows the data. */
  readonly sheet?: string;
}

/** Source images of the mini benchmark beside those trained on. */
export const HELD_OUT = 200;

/** What of the mini benchmark can be chosen. */
export interface MiniOptions {
  /** Folder that holds it. */
  data: string;
  epochs: number;
  /** Source images to train on. */
  source: number;
  /** Iterations of warm-up. */
  warmup: number;
}

/** Printed digits → handwritten digits, with the recipe that belongs to it. */
export function miniBenchmark({ data, epochs, source, warmup }: MiniOptions): Benchmark {
  const {
    backbone,
    head,
    optimizer,
    schedule,
    momentum,
    weightDecay,
    batchSize,
    headRate,
    flipAtEvaluation,
  } = MINIBENCH_RECIPE;
  return {
    title: 'Printed to handwritten: what training on synthetic images forgets',
    intro:
      'A network that knows real handwriting of other alphabets is trained on printed digits and measured on real handwritten ones. Their labels are read for measuring only.',
    given: {
      data,
      retention: join(data, 'retention'),
      weights: placeOf(checkpointPath()),
      backbone,
      head,
      optimizer,
      schedule,
      momentum,
      weightDecay,
      batchSize,
      lr: headRate,
      tta: flipAtEvaluation ? 'flip' : 'none',
      epochs,
      warmup,
      sourceHeldOut: HELD_OUT / (source + HELD_OUT),
      // A decision every ten iterations: the released windows are cut for epochs of thousands of iterations, and would
      // leave a handful of decisions an epoch here.
      windowGrowth: 'constant',
      windowMin: 10,
    },
    policy: {},
    settings: { workers: 0, evalBatchSize: 100 },
    ibn: [
      {
        label: 'IBN-Net-a',
        given: { backbone: 'resnet10-28-ibn-a', weights: placeOf(checkpointPath('resnet10-28-ibn-a')) },
      },
    ],
    sheet: join(data, 'contact-sheet.png'),
  };
}

/** A folder in VisDA-17's layout, with `train`'s own defaults. */
export function ownBenchmark(
  given: Benchmark['given'],
  { settings, policy, ibn }: Pick<Benchmark, 'settings' | 'policy' | 'ibn'>,
): Benchmark {
  return {
    title: `Synthetic to real: ${given.data}`,
    intro: `Trained on the source images of ${given.data}, measured on its target images. Their labels are read for measuring only.`,
    given,
    settings,
    policy,
    ibn,
  };
}
