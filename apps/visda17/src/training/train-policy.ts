import { disposeParams } from '@syn2real/core';
import { epochOrder, type ImageBatch } from '@syn2real/datasets';
import { openRunFolder, selectBackend, stepsPerEpoch } from '@syn2real/trainer';
import type { PolicyRecipe, PolicyRunSettings } from '../config/policy-options.js';
import { loadPolicy } from '../model/policy-file.js';
import { type Optimizee, type PolicySummary, runMetaTraining } from './meta-training.js';
import { observerOf } from './observe.js';
import { PACKAGES } from './run-folder.js';
import { openSetup, type Setup } from './setup.js';
import { createStepper, skippedIn } from './stepper.js';
import type { TrainIo } from './train-io.js';

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
  const setup = await openSetup(recipe, settings);
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
      return await runMetaTraining(optimizeeOf(recipe, settings, setup), folder, io, {
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

function optimizeeOf(recipe: PolicyRecipe, settings: PolicyRunSettings, setup: Setup): Optimizee<ImageBatch> {
  const { split, source, rng, parts, groups } = setup;
  const observer = observerOf({
    groups,
    groupOf: parts.groupOf,
    classifier: recipe.observeClassifier,
    functionRegularizers: (parts.functionRegularizers ?? []).map(({ name }) => name),
    norms: false,
  });
  return {
    ...setup,
    observer,
    epochLength: split.train.length,
    stepsPerEpoch: stepsPerEpoch(split.train.length, recipe.batchSize),
    batches(epoch, start) {
      const order = epochOrder(split.train.length, rng.split('shuffle'), epoch);
      return source.loader.batches(
        order.map((i) => split.train[i]!),
        { batchSize: recipe.batchSize, start },
      );
    },
    step: createStepper(setup, settings, observer),
    skippedIn: (batch) => skippedIn(batch, setup),
  };
}
