import { type OptionValues, parseOptions } from '@syn2real/cli';
import { metaOptions } from './meta-options.js';
import { recipeOptions, runOptions } from './train-options.js';

const {
  controller: _controller,
  policy: _policy,
  policyActions: _policyActions,
  scales: _scales,
  scalesEnd: _scalesEnd,
  tta: _tta,
  selection: _selection,
  epochs: _epochs,
  headEpochs: _headEpochs,
  wiseFt: _wiseFt,
  average: _average,
  swadEvery: _swadEvery,
  swadStart: _swadStart,
  swadEnd: _swadEnd,
  swadTolerance: _swadTolerance,
  ...optimizeeOptions
} = recipeOptions;

/** What decides a policy's training. */
export const policyOptions = {
  ...optimizeeOptions,
  ...metaOptions,
} as const;

const { label: _label, evalBatchSize: _evalBatchSize, evalEvery: _evalEvery, ...policyRun } = runOptions;

/** What changes how a policy's training goes, but none of its numbers. */
export const policyRunOptions = policyRun;

/** The config that is written into the run folder and fingerprinted. */
export type PolicyRecipe = OptionValues<typeof policyOptions>;

/** How this process runs it. */
export type PolicyRunSettings = OptionValues<typeof policyRunOptions>;

/**
 * A recipe out of what was given: ASG's, one base rate for every group and no schedule, where nothing else is said.
 *
 * @throws UserError that lists all faults at once
 */
export function parsePolicyRecipe(given: Readonly<Record<string, unknown>>): PolicyRecipe {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return parseOptions(policyOptions, {
    method: 'asg',
    backboneFactor: 1,
    schedule: 'constant',
    ...Object.fromEntries(said),
  });
}
