import {
  loadPolicy,
  type Optimizee,
  observerOf,
  PACKAGES,
  type PolicySummary,
  runMetaTraining,
  type TrainIo,
} from '@syn2real/app-visda17';
import { disposeParams } from '@syn2real/core';
import type { DenseBatch } from '@syn2real/datasets';
import { openRunFolder, selectBackend } from '@syn2real/trainer';
import type { PolicyRecipe, PolicyRunSettings } from '../config/policy-options.js';
import { epochBatches } from '../data/training-loader.js';
import { openSetup, type Setup } from './setup.js';
import { createStepper, skippedIn } from './stepper.js';

/**
 * Meta-training: episodes of ordinary training, each from the pretrained network anew, in which the policy sets every
 * group's rate and learns from the drop of the source's training loss. Nothing of the target is opened.
 *
 * @see ASG algorithm 1
 */
export async function trainPolicy(
  recipe: PolicyRecipe,
  settings: PolicyRunSettings,
  io: TrainIo,
): Promise<PolicySummary> {
  const backend = await selectBackend(settings.backend, { log: io.log });
  const setup = await openSetup(
    { ...recipe, target: undefined, targetSplit: 'val', sourceHeldOut: 0 },
    settings,
  );
  try {
    const start = recipe.from === undefined ? undefined : await loadPolicy(recipe.from);
    const folder = await openRunFolder(
      io.dir,
      {
        recipe,
        data: {
          source: setup.source.domain.fingerprint,
          ...(setup.retention === undefined ? {} : { retention: setup.retention.domain.fingerprint }),
        },
        weights: {
          start: setup.weights.sha256,
          ...(start === undefined ? {} : { policy: start.sha256 }),
        },
        backend,
        selection: 'last',
      },
      { resume: settings.resume, log: io.log, from: import.meta.url, packages: PACKAGES },
    );
    try {
      return await runMetaTraining(optimizeeOf(recipe, setup), folder, io, {
        recipe,
        checkpointEvery: settings.checkpointEvery,
        ...(start === undefined ? {} : { start: start.params }),
      });
    } finally {
      folder.close();
      if (folder.checkpoint !== undefined) disposeParams(start?.params ?? {});
    }
  } finally {
    await setup.close();
  }
}

function optimizeeOf(recipe: PolicyRecipe, setup: Setup): Optimizee<DenseBatch> {
  const { source, rng, parts, groups, model } = setup;
  const { length } = source.domain.images;
  const observer = observerOf({
    groups,
    groupOf: parts.groupOf,
    classifier: recipe.observeClassifier,
    kernel: model.observedKernel,
    functionRegularizers: (parts.functionRegularizers ?? []).map(({ name }) => name),
    norms: false,
  });
  return {
    ...setup,
    observer,
    epochLength: recipe.draws ?? length,
    batches: (epoch, start) => epochBatches(source.loader, length, recipe, rng, { epoch, start }),
    step: createStepper(setup, observer),
    skippedIn: (batch) => skippedIn(batch, setup),
  };
}
