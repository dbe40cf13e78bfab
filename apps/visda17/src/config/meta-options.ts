import { type OptionValues, option } from '@syn2real/cli';
import { z } from 'zod';
import { windowOptions } from './control-options.js';

const count = () => z.coerce.number().int().min(1);
const inUnit = () => z.coerce.number().min(0).lt(1);

/** How a policy learns, whatever it trains; the defaults are the paper's, where it says. What it lacks is off. */
export const metaOptions = {
  ...windowOptions,
  epochs: option(
    '--epochs <n>',
    'budget: passes over the source images, over all episodes',
    count().default(50),
  ),
  earlyStop: option(
    '--early-stop <n>',
    'epochs after which network, classifier and optimizer start afresh',
    count().default(2),
  ),
  rollout: option('--rollout <n>', 'decisions between updates of the policy, U', count().default(5)),
  policyLr: option(
    '--policy-lr <rate>',
    'learning rate of the policy (the paper: 0.5; released default: 7e-4)',
    z.coerce.number().positive().default(0.5),
  ),
  policyMomentum: option('--policy-momentum <x>', 'momentum of the policy', inUnit().default(0.9)),
  gamma: option('--gamma <x>', 'discount of later rewards', z.coerce.number().min(0).max(1).default(0)),
  reinforce: option(
    '--reinforce <form>',
    'loss of the policy: equation7, or released (the product of two means)',
    z.enum(['equation7', 'released']).default('equation7'),
  ),
  rewardWindow: option(
    '--reward-window <form>',
    'drop of the mean loss that rewards a decision: own (to its window) or next (from its window to the next)',
    z.enum(['own', 'next']).default('own'),
  ),
  metaProgress: option(
    '--meta-progress <form>',
    'progress that the policy sees: episode, or run (counted on over episodes, as released)',
    z.enum(['episode', 'run']).default('episode'),
  ),
  rewardScale: option(
    '--reward-scale <x>',
    'factor on every reward (the paper has none)',
    z.coerce.number().positive().default(1),
  ),
  normalizeRewards: option(
    '--normalize-rewards',
    'divide rewards by their running deviation (the paper does not)',
    z.boolean().default(false),
  ),
  baseline: option(
    '--baseline <form>',
    'subtracted from the returns: none (the paper), rollout (its mean), moving, or place (a moving mean for each place in an episode)',
    z.enum(['none', 'rollout', 'moving', 'place']).default('none'),
  ),
  baselineDecay: option(
    '--baseline-decay <x>',
    'share that a moving baseline keeps at each update (place: episode)',
    inUnit().default(0.9),
  ),
  entropyBonus: option(
    '--entropy-bonus <x>',
    "weight of the policy's entropy in its loss (the paper has none)",
    z.coerce.number().min(0).default(0),
  ),
  maxGradNorm: option(
    '--max-grad-norm <x>',
    "limit of the policy's gradient norm (default: none, as in the paper)",
    z.coerce.number().positive().optional(),
  ),
  from: option('--from <file>', 'policy to go on from (default: a fresh one)', z.string().min(1).optional()),
} as const;

/** A policy's learning; the seed is the whole run's. */
export type MetaRecipe = OptionValues<typeof metaOptions> & { readonly seed: number };
