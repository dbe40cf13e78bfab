import { runOptions as trainingRunOptions } from '@syn2real/app-visda17';
import { type OptionValues, option } from '@syn2real/cli';
import { z } from 'zod';
import { isMethod, METHOD_NAMES } from './method-names.js';

const count = (min = 1) => z.coerce.number().int().min(min);
const positive = () => z.coerce.number().positive();
const atLeastZero = () => z.coerce.number().min(0);
const fraction = () => z.coerce.number().min(0).max(1);
const text = () => z.string().min(1);

/** What is trained: which labels, how. The defaults are the published ones for VisDA-17. */
const methodOptions = {
  method: option(
    '--method <name>',
    `none, cbst, shot, mean-teacher, or some of ${METHOD_NAMES.join(', ')} joined by +: mrkld+lrent`,
    text().refine(isMethod, 'no such method').default('mrkld+lrent'),
  ),
  rounds: option('--rounds <n>', 'times that pseudo-labels are chosen anew', count().default(20)),
  epochsPerRound: option('--epochs-per-round <n>', 'passes over the images of a round', count().default(1)),
  portion: option(
    '--portion <q>',
    'share of each class that is labelled in the first round',
    fraction().default(0.2),
  ),
  portionStep: option('--portion-step <q>', 'added to it each round', fraction().default(0.05)),
  portionCap: option('--portion-cap <q>', 'its limit', fraction().default(0.5)),
  sourceShare: option(
    '--source-share <q>',
    'share of the source images that the first round trains on',
    fraction().default(0.065),
  ),
  sourceShareStep: option('--source-share-step <q>', 'added to it each round', fraction().default(0.0085)),
  sourceShareCap: option('--source-share-cap <q>', 'its limit', fraction().default(0.165)),
  rule: option(
    '--rule <name>',
    'thresholds as in crst (the released code), udacu or drst (published descendants for VisDA-17)',
    z.enum(['crst', 'udacu', 'drst']).default('crst'),
  ),
  balance: option(
    '--balance <form>',
    'thresholds by class, or one global',
    z.enum(['class', 'global']).default('class'),
  ),
  lrent: option('--lrent <alpha>', 'α of lrent, the softness of labels', positive().default(0.25)),
  mrkld: option('--mrkld <alpha>', 'weight of mrkld', atLeastZero().default(0.1)),
  mrl2: option('--mrl2 <alpha>', 'weight of mrl2', atLeastZero().default(0.025)),
  mrent: option('--mrent <alpha>', 'weight of mrent', atLeastZero().default(0.1)),
  weightApplied: option(
    '--weight-applied <times>',
    'the weights above: once (as printed) or twice (as the released code does: 0.01 for 0.1)',
    z.enum(['once', 'twice']).default('once'),
  ),
  shotBeta: option(
    '--shot-beta <x>',
    "weight of shot's labels by centroids; 0: none",
    atLeastZero().default(0.3),
  ),
  emaDecay: option('--ema-decay <x>', "of mean-teacher's average, a step", fraction().default(0.99)),
  emaThreshold: option(
    '--ema-threshold <p>',
    'confidence from which mean-teacher gives a label',
    fraction().default(0.968),
  ),
} as const;

/** What decides a run's numbers. */
export const recipeOptions = {
  task: option(
    '--task <name>',
    'visda17 or gta5-cityscapes',
    z.enum(['visda17', 'gta5-cityscapes']).default('visda17'),
  ),
  init: option(
    '--init <start>',
    'where to start: the folder of a finished run, or a checkpoint (file, URL, hub id) with a new classifier; or made by what follows --',
    text().optional(),
  ),
  data: option('--data <dir>', "folder of the data set (default: the start's own)", text().optional()),
  backbone: option(
    '--backbone <name>',
    "network of the start (default: the start's own, or resnet101)",
    text().optional(),
  ),
  ...methodOptions,
  lr: option('--lr <rate>', 'learning rate', positive().default(1e-4)),
  backboneFactor: option(
    '--backbone-factor <x>',
    'rate of the backbone as a factor of --lr',
    atLeastZero().default(1),
  ),
  momentum: option('--momentum <x>', "Nesterov's momentum", z.coerce.number().min(0).lt(1).default(0.9)),
  weightDecay: option(
    '--weight-decay <x>',
    'weight decay, on every trained tensor',
    atLeastZero().default(5e-4),
  ),
  decayEvery: option(
    '--decay-every <n>',
    'epochs after which the rate is divided by 10; 0: never',
    count(0).default(7),
  ),
  batchSize: option('--batch-size <n>', 'images a step', count().default(16)),
  augment: option(
    '--augment <form>',
    'of training images: crop-flip (random resized crops of 0.7 to 1 of source images, 0.85 to 1 of target images, and mirrored), crop, or none',
    z.enum(['crop-flip', 'crop', 'none']).default('crop-flip'),
  ),
  sourceHeldOut: option(
    '--source-held-out <share>',
    "share of the source's images kept to measure on (default: as the start held out)",
    z.coerce.number().min(0).lt(1).optional(),
  ),
  heldOutSeed: option(
    '--held-out-seed <n>',
    "seed that draws them (default: the start's, or --seed)",
    count(0).optional(),
  ),
  tta: option(
    '--tta <form>',
    'evaluation averages over the mirrored image (flip), or not (none) (default: as the start)',
    z.enum(['flip', 'none']).optional(),
  ),
  selection: option(
    '--selection <rule>',
    'reported round: last, or source-held-out (best on held-out source images)',
    z.enum(['last', 'source-held-out']).default('last'),
  ),
  retention: option(
    '--retention <dir>',
    "images of the old task in one folder per class, measured at the end (default: the start's own)",
    text().optional(),
  ),
  skipUnreadable: option(
    '--skip-unreadable',
    'leave out images that cannot be read, count and list them',
    z.boolean().default(false),
  ),
  seed: option('--seed <n>', 'seed of every random stream', count(0).default(0)),
} as const;

const { teacherCacheMb: _teacherCacheMb, evalEvery: _evalEvery, ...runOptionsOfAll } = trainingRunOptions;

/** What changes how a run goes, but none of its numbers. */
export const runOptions = {
  ...runOptionsOfAll,
  out: option(
    '--out <dir>',
    'folder of the run (default: runs/self-training-<method>-<seed>)',
    text().optional(),
  ),
  cacheMb: option('--cache-mb <n>', 'memory for images already decoded', count(0).default(512)),
  evalBatchSize: { ...runOptionsOfAll.evalBatchSize, help: 'images a forward pass where nothing is trained' },
  measureTarget: {
    ...runOptionsOfAll.measureTarget,
    help: "when the oracle reads the target's labels: every (round), last (round only), or never",
  },
} as const;

/** The config that is written into a run folder and fingerprinted. */
export type Asked = OptionValues<typeof recipeOptions>;

/** A recipe with all that its start settles. */
export type Recipe = Asked & { [K in Settled]: NonNullable<Asked[K]> };

type Settled = 'init' | 'data' | 'backbone' | 'sourceHeldOut' | 'heldOutSeed' | 'tta';

/** How this process runs it. */
export type RunSettings = OptionValues<typeof runOptions>;
