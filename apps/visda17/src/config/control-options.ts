import { option } from '@syn2real/cli';
import { z } from 'zod';

/** What can set the groups' rates in training, for `--controller`. */
export const controllerNames = [
  'none',
  'learned',
  'random',
  'random-once',
  'fixed',
  'auto-rgn',
  'schedule',
] as const;

const scales = z.string().regex(/^[\w*]+=[\d.eE+-]+(,[\w*]+=[\d.eE+-]+)*$/, 'group=scale pairs with commas');

/** How windows of training are cut and what a policy remembers; shared by training with a policy and training one. */
export const windowOptions = {
  policyHidden: option(
    '--policy-hidden <form>',
    'hidden state of the policy: carried (the paper) or reset (at each decision, as the released code does)',
    z.enum(['carried', 'reset']).default('carried'),
  ),
  windowGrowth: option(
    '--window-growth <rule>',
    'iterations between decisions: released (they double in an epoch), intended (5 % of those done), constant',
    z.enum(['released', 'intended', 'constant']).default('released'),
  ),
  windowMin: option(
    '--window-min <n>',
    'shortest window; with constant growth and 1, a decision an iteration as printed',
    z.coerce.number().int().min(1).default(10),
  ),
  windowShrink: option(
    '--window-shrink <x>',
    'the larger, the more decisions',
    z.coerce.number().positive().default(20),
  ),
  observeClassifier: option(
    '--observe-classifier <form>',
    'weights whose mean and deviation a policy sees: last (the last layer, as released) or all (of the new classifier, as printed)',
    z.enum(['last', 'all']).default('last'),
  ),
} as const;

/** What sets each group's rate while training, and how it sees training. */
export const controlOptions = {
  controller: option(
    '--controller <name>',
    `sets each group's rate as a share of its base rate: ${controllerNames.join(', ')}; asg's own is learned`,
    z.enum(controllerNames).default('none'),
  ),
  policy: option(
    '--policy <file>',
    'policy of the learned controller: policy.safetensors of train-policy, or a released policy_*.pth',
    z.string().min(1).optional(),
  ),
  policyActions: option(
    '--policy-actions <form>',
    'sampled (as in paper and released code) or greedy (the likeliest)',
    z.enum(['sampled', 'greedy']).default('sampled'),
  ),
  scales: option(
    '--scales <pairs>',
    'of the controller fixed, and at the start of schedule: classifier=1,*=0.1 (* is every other group)',
    scales.optional(),
  ),
  scalesEnd: option(
    '--scales-end <pairs>',
    'of the controller schedule at the end of training; linear in between',
    scales.optional(),
  ),
  ...windowOptions,
} as const;
