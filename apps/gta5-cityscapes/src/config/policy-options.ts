import { metaOptions } from '@syn2real/app-visda17';
import { type OptionValues, parseOptions } from '@syn2real/cli';
import { recipeOptions, runOptions } from './train-options.js';

const {
  controller: _controller,
  policy: _policy,
  policyActions: _policyActions,
  scales: _scales,
  scalesEnd: _scalesEnd,
  selection: _selection,
  epochs: _epochs,
  headEpochs: _headEpochs,
  wiseFt: _wiseFt,
  target: _target,
  targetSplit: _targetSplit,
  sourceHeldOut: _sourceHeldOut,
  window: _window,
  overlap: _overlap,
  ...optimizeeOptions
} = recipeOptions;

/** What decides a policy's training. */
export const policyOptions = { ...optimizeeOptions, ...metaOptions } as const;

const {
  label: _label,
  evalBatchSize: _evalBatchSize,
  evalEvery: _evalEvery,
  examples: _examples,
  ...policyRun
} = runOptions;

/** What changes how a policy's training goes, but none of its numbers. */
export const policyRunOptions = policyRun;

/** The config that is written into the run folder and fingerprinted. */
export type PolicyRecipe = OptionValues<typeof policyOptions>;

/** How this process runs it. */
export type PolicyRunSettings = OptionValues<typeof policyRunOptions>;

/**
 * A recipe out of what was given: ASG's, one base rate for every group, where nothing else is said.
 *
 * @throws UserError that lists all faults at once
 */
export function parsePolicyRecipe(given: Readonly<Record<string, unknown>>): PolicyRecipe {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return parseOptions(policyOptions, { method: 'asg', backboneFactor: 1, ...Object.fromEntries(said) });
}
