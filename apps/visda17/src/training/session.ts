import { type Controller, disposeParams, type TargetDomain, UserError } from '@syn2real/core';
import { hasTruth, openVisda17Target } from '@syn2real/datasets';
import type { Recipe, RunSettings } from '../config/train-options.js';
import type { SourceSplit } from '../data/held-out.js';
import { loadPolicy } from '../model/policy-file.js';
import { checkAveraging } from './averaging.js';
import { checkControl, controllerOf } from './controllers.js';
import { type Loaded, loaderFor } from './loaded.js';
import { type Observer, observerOf } from './observe.js';
import { openSetup, type Setup } from './setup.js';

/** All that a run needs and that does not change while it trains. */
export interface Session extends Setup {
  readonly target: Loaded<TargetDomain>;
  /** Whether the target split has labels that an oracle can read. */
  readonly targetHasTruth: boolean;
  /** What sets the groups' rates, and what it looks at; undefined: each keeps its base rate. */
  readonly control?: {
    readonly controller: Controller<unknown>;
    readonly observer: Observer;
    /** SHA-256 of the policy's file, where there is one. */
    readonly policy?: string;
  };
}

/** Opens data and weights and puts the method together, before anything is written. */
export async function openSession(recipe: Recipe, settings: RunSettings): Promise<Session> {
  checkControl(recipe);
  const target = await openVisda17Target(recipe.data, { split: 'validation' });
  const setup = await openSetup(recipe, settings);
  checkSelection(recipe, setup.split);
  checkAveraging(recipe, setup.split);
  const policy = recipe.policy === undefined ? undefined : await loadPolicy(recipe.policy);
  const controller = controllerOf(recipe, policy?.params);
  const loader = loaderFor(target, setup.model, setup.pool, {
    cacheMb: settings.cacheMb / 2,
    skipUnreadable: recipe.skipUnreadable,
  });
  return {
    ...setup,
    target: { domain: target, loader },
    targetHasTruth: await hasTruth(recipe.data, 'validation'),
    ...(controller === undefined
      ? {}
      : { control: { controller, observer: observing(recipe, setup), policy: policy?.sha256 } }),
    async close() {
      disposeParams(policy?.params ?? {});
      await setup.close();
    },
  };
}

function observing(recipe: Recipe, { groups, parts }: Setup): Observer {
  return observerOf({
    groups,
    groupOf: parts.groupOf,
    classifier: recipe.observeClassifier,
    functionRegularizers: (parts.functionRegularizers ?? []).map(({ name }) => name),
    norms: recipe.controller === 'auto-rgn',
  });
}

function checkSelection({ selection, sourceHeldOut }: Recipe, { train, heldOut }: SourceSplit): void {
  if (selection !== 'source-held-out' || heldOut.length > 0) return;
  throw new UserError({
    what: '--selection source-held-out needs source images that are held out',
    got: `--source-held-out ${sourceHeldOut}, which keeps none of ${train.length} images`,
    fix: 'pass --source-held-out 0.05, or --selection last',
  });
}
