import { checkControl, controllerOf, loadPolicy, type Observer, observerOf } from '@syn2real/app-visda17';
import { type Controller, type DenseOracle, disposeParams, UserError } from '@syn2real/core';
import { hasCityscapesTruth, openCityscapesOracle } from '@syn2real/datasets';
import type { OpenRun } from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { openSetup, type Setup } from './setup.js';

/** All that a run needs and that does not change while it trains. */
export interface Session extends Setup {
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
  checkSelection(recipe);
  const policy = recipe.policy === undefined ? undefined : await loadPolicy(recipe.policy);
  const setup = await openSetup(recipe, settings);
  const controller = controllerOf(recipe, policy?.params);
  return {
    ...setup,
    ...(controller === undefined
      ? {}
      : { control: { controller, observer: observing(recipe, setup), policy: policy?.sha256 } }),
    async close() {
      disposeParams(policy?.params ?? {});
      await setup.close();
    },
  };
}

/** The oracle of a run's target, its readings in the run's ledger; undefined where there are no labels, or none may be read. */
export async function oracleOf(
  { target, targetSplit: split, skipUnreadable }: Recipe,
  { measureTarget }: RunSettings,
  { onSkip }: Setup,
  { ledger }: OpenRun,
): Promise<DenseOracle | undefined> {
  if (target === undefined || measureTarget === 'never' || !(await hasCityscapesTruth(target, split))) {
    return undefined;
  }
  return openCityscapesOracle(target, { split, onReading: ledger.onReading, skipUnreadable, onSkip });
}

function observing(recipe: Recipe, { groups, parts, model }: Setup): Observer {
  return observerOf({
    groups,
    groupOf: parts.groupOf,
    classifier: recipe.observeClassifier,
    kernel: model.observedKernel,
    functionRegularizers: (parts.functionRegularizers ?? []).map(({ name }) => name),
    norms: recipe.controller === 'auto-rgn',
  });
}

function checkSelection({ selection, sourceHeldOut }: Recipe): void {
  if (selection !== 'source-held-out' || sourceHeldOut > 0) return;
  throw new UserError({
    what: '--selection source-held-out needs source images that are held out',
    got: '--source-held-out 0',
    fix: "pass --source-held-out 100, images of the source's val list, or --selection last",
  });
}
