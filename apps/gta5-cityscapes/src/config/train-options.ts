import {
  controlOptions,
  methodNames,
  runOptions as sharedRunOptions,
  trainOptions,
} from '@syn2real/app-visda17';
import { backboneNames } from '@syn2real/backbones';
import { type OptionValues, option, parseOptions } from '@syn2real/cli';
import { z } from 'zod';
import { evaluationOptions } from './evaluation-options.js';
import { regularizerOptions } from './regularizer-options.js';

const count = (min = 1) => z.coerce.number().int().min(min);
const positive = () => z.coerce.number().positive();
const atLeastZero = () => z.coerce.number().min(0);
const folder = () => z.string().min(1);

/** The networks that have a dense head. */
const networkNames = backboneNames.filter((name) => name !== 'vgg16');

/** What says which network it is. */
export const networkRecipe = {
  backbone: option(
    '--backbone <name>',
    `vgg16-fcn is FCN-8s; or one of ${networkNames.filter((name) => name !== 'vgg16-fcn').join(', ')}`,
    z.enum(networkNames as [string, ...string[]]).default('vgg16-fcn'),
  ),
  head: option(
    '--head <form>',
    'on a ResNet: fcn (a convolution, scores) or aspp (at a stride of 8)',
    z.enum(['fcn', 'aspp']).default('fcn'),
  ),
  outputStride: option(
    '--output-stride <n>',
    "of a ResNet: pixels a position of its last map, by dilation (default: the network's own; 8 with aspp)",
    z.coerce
      .number()
      .int()
      .pipe(z.union([z.literal(2), z.literal(4), z.literal(8), z.literal(16)]))
      .optional(),
  ),
} as const;

/** What decides a run's numbers; the defaults are the paper's, where it says, and its released code's elsewhere. */
export const recipeOptions = {
  source: option('--source <dir>', 'folder of the source, in GTA5 layout: images/, labels/', folder()),
  sourceList: option(
    '--source-list <file>',
    'images to train on, "images/00001.png labels/00001.png" a line (default: train.txt in the folder, else all)',
    folder().optional(),
  ),
  sourceLabels: option(
    '--source-labels <values>',
    'what the label images hold: ids (as published) or trainIds',
    z.enum(['ids', 'trainIds']).default('ids'),
  ),
  target: option(
    '--target <dir>',
    'folder of the target, in Cityscapes layout: leftImg8bit/, gtFine/ (default: the target is not measured)',
    folder().optional(),
  ),
  targetSplit: option(
    '--target-split <name>',
    'split that is measured',
    z.enum(['train', 'val']).default('val'),
  ),
  ...networkRecipe,
  weights: option(
    '--weights <source>',
    'pretrained weights, of the classifier: a file (safetensors, .pth), a URL, or a hub id such as timm/vgg16.tv_in1k',
    folder(),
  ),
  method: option(
    '--method <name>',
    `one of ${methodNames.join(', ')}`,
    z.enum(methodNames).default('proxy-guidance'),
  ),
  epochs: option('--epochs <n>', 'epochs', count().default(50)),
  draws: option(
    '--draws <n>',
    'images an epoch, drawn with replacement (as released: 12000; default: each image once)',
    count().optional(),
  ),
  batchSize: option('--batch-size <n>', 'images a step', count().default(6)),
  crop: option('--crop <n>', 'side of the square that is trained on, in pixels', count().default(512)),
  mirror: option(
    '--mirror <p>',
    'how likely an image is mirrored',
    z.coerce.number().min(0).max(1).default(0.5),
  ),
  scaleMin: option('--scale-min <x>', 'least scale of an image', positive().default(0.75)),
  scaleMax: option('--scale-max <x>', 'largest scale of an image', positive().default(1.25)),
  cropOrigins: option(
    '--crop-origins <form>',
    'full (all that lie within the image) or released (one further, padded)',
    z.enum(['full', 'released']).default('full'),
  ),
  lr: option('--lr <rate>', 'base learning rate, of the score layers', positive().default(1e-3)),
  backboneFactor: option(
    '--backbone-factor <x>',
    'rate of all other layers as a factor of --lr; with --method asg 1, as released',
    atLeastZero().default(0.1),
  ),
  optimizer: option(
    '--optimizer <name>',
    'sgd (as in PyTorch, and as released for segmentation) or fixed-sgd (the rate inside the momentum buffer)',
    z.enum(['sgd', 'fixed-sgd']).default('sgd'),
  ),
  momentum: trainOptions.momentum,
  weightDecay: trainOptions.weightDecay,
  schedule: option(
    '--schedule <name>',
    'warmup-poly-floor (as released) or constant',
    z.enum(['warmup-poly-floor', 'constant']).default('warmup-poly-floor'),
  ),
  warmup: trainOptions.warmup,
  ...regularizerOptions,
  ...controlOptions,
  trainBlocks: option(
    '--train-blocks <groups>',
    'comma-separated groups to train (conv1,…,classifier), or all',
    z.string().default('all'),
  ),
  headEpochs: trainOptions.headEpochs,
  wiseFt: trainOptions.wiseFt,
  sourceHeldOut: option(
    '--source-held-out <n>',
    "how many images of the source's val list are measured after each epoch; 0: none",
    count(0).default(0),
  ),
  ...evaluationOptions,
  selection: option(
    '--selection <rule>',
    'which epoch is reported: last, or source-held-out (best on those images); never by the target',
    z.enum(['last', 'source-held-out']).default('last'),
  ),
  retention: trainOptions.retention,
  skipUnreadable: trainOptions.skipUnreadable,
  seed: trainOptions.seed,
} as const;

const { cacheMb: _cacheMb, teacherCacheMb: _teacherCacheMb, ...runOptionsOfAll } = sharedRunOptions;

/** What changes how a run goes, but none of its numbers. */
export const runOptions = {
  ...runOptionsOfAll,
  examples: option(
    '--examples <n>',
    "target images whose truth and prediction are kept as pictures at the end; the oracle's record says so",
    count(0).default(6),
  ),
  evalBatchSize: {
    ...runOptionsOfAll.evalBatchSize,
    help: "images of the old task in a forward pass; the source's and the target's go one by one",
  },
} as const;

/** The config that is written into a run folder and fingerprinted. */
export type Recipe = OptionValues<typeof recipeOptions>;

/** How this process runs it. */
export type RunSettings = OptionValues<typeof runOptions>;

/**
 * A recipe out of what was given, with the method's own defaults: ASG's controller sets every group's rate itself, from
 * one base rate.
 *
 * @throws UserError that lists all faults at once
 * @see the released ASG code for GTA5 with a learned policy
 */
export function parseRecipe(given: Readonly<Record<string, unknown>>): Recipe {
  const own = OWN_DEFAULTS[String(given.method)] ?? {};
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return parseOptions(recipeOptions, { ...own, ...said });
}

const OWN_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  asg: { backboneFactor: 1, controller: 'learned' },
  'lp-ft': { headEpochs: 1 },
};
