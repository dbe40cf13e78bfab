import { join } from 'node:path';
import { placeOf } from '@syn2real/cli';
import { checkpointPath, SEGMENTATION_RECIPE } from '@syn2real/minibench';
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
  readonly given: Given & Pick<Recipe, 'source' | 'target' | 'weights'>;
  readonly settings: GivenSettings;
  /** How policies are trained, where not by their defaults. */
  readonly policy: Partial<PolicyRecipe>;
  /** λ of proxy guidance. */
  readonly lambda: number;
  /** The backbone's large and small rate, as factors of the score layers'. */
  readonly factors: { readonly large: number; readonly small: number };
  readonly ibn: readonly IbnNetwork[];
  /** An image that shows the data. */
  readonly sheet?: string;
}

/** Scenes of printed digits → scenes of handwritten ones, with the recipe that belongs to the checkpoint. */
export function miniBenchmark({
  data,
  epochs,
  heldOut,
}: {
  data: string;
  epochs: number;
  heldOut: number;
}): Benchmark {
  const { backbone, head, optimizer, schedule, warmup, momentum, weightDecay } = SEGMENTATION_RECIPE;
  const { headRate, largeRate, smallRate, batchSize, crop, mirror, scale, grid, lambda } =
    SEGMENTATION_RECIPE;
  const factorOf = (rate: number): number => Number((rate / headRate).toPrecision(6));
  const factors = { large: factorOf(largeRate), small: factorOf(smallRate) };
  return {
    title: 'Scenes of printed to scenes of handwritten digits: segmentation',
    intro:
      'A network that knows real handwriting of other alphabets learns to tell the pixels of printed digits apart and is measured on real handwritten ones. Their labels are read for measuring only.',
    given: {
      source: join(data, 'gta5'),
      target: join(data, 'cityscapes'),
      retention: join(data, 'retention'),
      weights: placeOf(checkpointPath()),
      backbone,
      head,
      optimizer,
      schedule,
      warmup,
      momentum,
      weightDecay,
      lr: headRate,
      epochs,
      batchSize,
      crop,
      mirror,
      scaleMin: scale[0],
      scaleMax: scale[1],
      grid: grid.join('x'),
      sourceHeldOut: heldOut,
      windowGrowth: 'constant',
      windowMin: 10,
    },
    policy: { backboneFactor: factors.large },
    settings: { workers: 0, evalBatchSize: 100 },
    lambda,
    factors,
    ibn: [
      {
        label: 'IBN-Net-a',
        given: { backbone: 'resnet10-28-ibn-a', weights: placeOf(checkpointPath('resnet10-28-ibn-a')) },
      },
    ],
    sheet: join(data, 'contact-sheet.png'),
  };
}

/** Folders in GTA5's and Cityscapes' layouts, with `train`'s own defaults and the paper's λ. */
export function ownBenchmark(
  given: Benchmark['given'],
  { settings, policy }: Pick<Benchmark, 'settings' | 'policy'>,
): Benchmark {
  return {
    title: `Synthetic to real: ${given.source}`,
    intro: `Trained on the source images of ${given.source}, measured on the target images of ${given.target}. Their labels are read for measuring only.`,
    given,
    settings,
    policy,
    lambda: 75,
    factors: { large: 1, small: 0.1 },
    ibn: [],
  };
}
