import { backboneNames } from '@syn2real/backbones';
import { type OptionValues, option, parseOptions } from '@syn2real/cli';
import { z } from 'zod';
import { methodNames } from '../model/methods.js';
import { averagingDefaults, averagingOptions } from './averaging-options.js';
import { controlOptions } from './control-options.js';
import { regularizerOptions } from './regularizer-options.js';

const count = (min = 1) => z.coerce.number().int().min(min);
const positive = () => z.coerce.number().positive();
const atLeastZero = () => z.coerce.number().min(0);
const fraction = () => z.coerce.number().min(0).max(1);

/** What decides a run's numbers; the defaults are the paper's, where it says, and its released code's elsewhere. */
export const recipeOptions = {
  data: option('--data <dir>', 'folder of the data set, in VisDA-17 layout', z.string().min(1)),
  backbone: option(
    '--backbone <name>',
    `one of ${backboneNames.join(', ')}`,
    z.enum(backboneNames as [string, ...string[]]).default('resnet101'),
  ),
  weights: option(
    '--weights <source>',
    'pretrained weights: a file (safetensors, .pth), a URL, or a hub id such as timm/resnet101.tv_in1k',
    z.string().min(1),
  ),
  method: option(
    '--method <name>',
    `one of ${methodNames.join(', ')}`,
    z.enum(methodNames).default('proxy-guidance'),
  ),
  head: option(
    '--head <form>',
    'new classifier: mlp (two layers, as released) or linear (one, as printed)',
    z.enum(['mlp', 'linear']).default('mlp'),
  ),
  epochs: option('--epochs <n>', 'passes over the source images', count().default(30)),
  batchSize: option('--batch-size <n>', 'images a step', count().default(32)),
  lr: option('--lr <rate>', 'base learning rate, of the new classifier', positive().default(1e-4)),
  backboneFactor: option(
    '--backbone-factor <x>',
    'rate of the backbone as a factor of --lr; with --method asg 1, as released',
    atLeastZero().default(0.1),
  ),
  optimizer: option(
    '--optimizer <name>',
    'fixed-sgd (the rate inside the momentum buffer, as released) or sgd (as in PyTorch)',
    z.enum(['fixed-sgd', 'sgd']).default('fixed-sgd'),
  ),
  momentum: option(
    '--momentum <x>',
    'momentum of the optimizer',
    z.coerce.number().min(0).lt(1).default(0.9),
  ),
  weightDecay: option(
    '--weight-decay <x>',
    'weight decay, on every trained tensor',
    atLeastZero().default(5e-4),
  ),
  schedule: option(
    '--schedule <name>',
    'warmup-poly-floor (as released) or constant; with --method asg constant, as released',
    z.enum(['warmup-poly-floor', 'constant']).default('warmup-poly-floor'),
  ),
  warmup: option('--warmup <n>', 'iterations of warm-up', count(0).default(100)),
  ...regularizerOptions,
  ...controlOptions,
  trainBlocks: option(
    '--train-blocks <groups>',
    'comma-separated groups to train (conv1,bn1,layer1,…,classifier), or all',
    z.string().default('all'),
  ),
  headEpochs: option(
    '--head-epochs <n>',
    'epochs at the start in which only the new classifier is trained; lp-ft: 1',
    count(0).default(0),
  ),
  wiseFt: option(
    '--wise-ft <alpha>',
    'measure and keep (1 − α)·pretrained + α·trained backbone weights (default: the trained ones)',
    fraction().optional(),
  ),
  ...averagingOptions,
  sourceHeldOut: option(
    '--source-held-out <x>',
    'share of the source images kept out of training, to measure on',
    fraction().default(0),
  ),
  tta: option(
    '--tta <form>',
    'evaluation: flip (mean of sigmoid scores with the mirrored image) or none',
    z.enum(['flip', 'none']).default('flip'),
  ),
  selection: option(
    '--selection <rule>',
    'which epoch is reported: last, or source-held-out (best on the held-out source images); never by the target',
    z.enum(['last', 'source-held-out']).default('last'),
  ),
  retention: option(
    '--retention <dir>',
    'images of the old task in one folder per class (sorted names are its labels), to measure what is kept of it',
    z.string().optional(),
  ),
  skipUnreadable: option(
    '--skip-unreadable',
    'leave out images that cannot be read, count and list them',
    z.boolean().default(false),
  ),
  seed: option('--seed <n>', 'seed of every random stream', count(0).default(0)),
} as const;

/** What changes how a run goes, but none of its numbers. */
export const runOptions = {
  out: option('--out <dir>', 'folder of the run (default: runs/<method>-<seed>)', z.string().optional()),
  label: option('--label <text>', 'name of the run in tables (default: the method)', z.string().optional()),
  resume: option(
    '--resume',
    'go on with the run in --out where its last checkpoint stands',
    z.boolean().default(false),
  ),
  checkpointEvery: option(
    '--checkpoint-every <n>',
    'iterations between checkpoints; one is saved after each epoch too',
    count().default(1000),
  ),
  backend: option(
    '--backend <name>',
    'auto, tfjs-node-gpu, tfjs-node, onnxruntime, wasm or cpu',
    z.string().default('auto'),
  ),
  workers: option('--workers <n>', 'threads that decode images; 0: the main one', count(0).default(2)),
  cacheMb: option('--cache-mb <n>', 'memory for images already decoded', count(0).default(256)),
  teacherCacheMb: option(
    '--teacher-cache-mb <n>',
    "room for the frozen network's outputs, computed once an image",
    count(0).default(1024),
  ),
  evalBatchSize: option('--eval-batch-size <n>', 'images a forward pass in evaluation', count().default(32)),
  evalEvery: option(
    '--eval-every <n>',
    'epochs between evaluations; the last epoch is always evaluated',
    count().default(1),
  ),
  measureTarget: option(
    '--measure-target <when>',
    "when the oracle reads the target's labels: every (evaluation), last (epoch only), or never",
    z.enum(['every', 'last', 'never']).default('every'),
  ),
  offline: option(
    '--offline',
    'never fetch weights: use the cache or say which file is missing',
    z.boolean().default(false),
  ),
} as const;

/** The config that is written into a run folder and fingerprinted. */
export type Recipe = OptionValues<typeof recipeOptions>;

/**
 * A recipe out of what was given, with the method's own defaults: ASG's controller sets every group's rate itself, from
 * one base rate, without a schedule.
 *
 * @throws UserError that lists all faults at once
 * @see the released ASG code for VisDA-17 with a learned policy
 */
export function parseRecipe(given: Readonly<Record<string, unknown>>): Recipe {
  const own = OWN_DEFAULTS[String(given.method)] ?? {};
  return parseOptions(recipeOptions, { ...own, ...averagingDefaults(given), ...withoutUndefined(given) });
}

const OWN_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  asg: { backboneFactor: 1, schedule: 'constant', controller: 'learned' },
  'lp-ft': { headEpochs: 1 },
};

function withoutUndefined(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** How this process runs it. */
export type RunSettings = OptionValues<typeof runOptions>;
