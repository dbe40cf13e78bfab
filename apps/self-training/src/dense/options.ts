import { type OptionValues, option } from '@syn2real/cli';
import { z } from 'zod';
import { recipeOptions as shared } from '../config/train-options.js';

const count = (min = 1) => z.coerce.number().int().min(min);
const text = () => z.string().min(1).optional();
const fraction = () => z.coerce.number().min(0).max(1);

/** Options of segmentation beside those of every task. */
export const denseOptions = {
  source: option(
    '--source <dir>',
    "gta5-cityscapes: folder of the source (default: the start's own)",
    text(),
  ),
  target: option(
    '--target <dir>',
    "gta5-cityscapes: folder of the target (default: the start's own)",
    text(),
  ),
  adaptSplit: option(
    '--adapt-split <name>',
    'gta5-cityscapes: split of the target that is adapted to, without labels',
    z.enum(['train', 'val', 'test']).default('train'),
  ),
  measureSplit: option(
    '--measure-split <name>',
    'gta5-cityscapes: split that is measured',
    z.enum(['train', 'val']).default('val'),
  ),
  crop: option('--crop <n>', 'gta5-cityscapes: side of the square that is trained on', count().default(512)),
  scaleMin: option(
    '--scale-min <x>',
    'gta5-cityscapes: least scale of an image',
    z.coerce.number().positive().default(0.5),
  ),
  scaleMax: option(
    '--scale-max <x>',
    'gta5-cityscapes: largest scale of an image',
    z.coerce.number().positive().default(1.5),
  ),
  mirror: option('--mirror <p>', 'gta5-cityscapes: how likely an image is mirrored', fraction().default(0.5)),
  mining: option(
    '--mining <p>',
    'gta5-cityscapes: how likely a crop is centred on a rare class, where there is one',
    fraction().default(0.8),
  ),
  mineBelow: option(
    '--mine-below <share>',
    'gta5-cityscapes: classes predicted for a smaller share of pixels are rare',
    fraction().default(1e-3),
  ),
  predictScale: option(
    '--predict-scale <x>',
    'gta5-cityscapes: scale at which images are predicted for labels',
    z.coerce.number().positive().default(0.9),
  ),
  predictFlip: option(
    '--predict-flip <form>',
    'gta5-cityscapes: whether that is averaged over the mirrored image: flip or none',
    z.enum(['flip', 'none']).default('flip'),
  ),
} as const;

const {
  data: _data,
  augment: _augment,
  tta: _tta,
  sourceHeldOut: _held,
  heldOutSeed: _seed,
  ...common
} = shared;

/** What decides the numbers of a run of segmentation. */
export const denseRecipeOptions = {
  ...common,
  ...denseOptions,
  sourceHeldOut: option(
    '--source-held-out <n>',
    "images of the source's val list that are measured (default: as the start)",
    count(0).optional(),
  ),
} as const;

/** The published defaults where they are not those of images. */
export const DENSE_DEFAULTS = {
  method: 'mrkld',
  rounds: 3,
  epochsPerRound: 2,
  sourceShare: 0.03,
  sourceShareStep: 0.0025,
  sourceShareCap: 0.06,
  lr: 5e-4,
  backboneFactor: 0.1,
  decayEvery: 0,
  batchSize: 2,
} as const;

/** What was asked for, validated. */
export type DenseAsked = OptionValues<typeof denseRecipeOptions>;

/** A recipe with all that its start settles. */
export type DenseRecipe = DenseAsked & {
  readonly init: string;
  readonly source: string;
  readonly target: string;
  readonly backbone: string;
  readonly sourceHeldOut: number;
  readonly head: 'fcn' | 'aspp';
  readonly outputStride?: number;
  readonly sourceList?: string;
  readonly sourceLabels: 'ids' | 'trainIds';
  readonly window?: number;
  readonly overlap: number;
};
