import { controlOf, reported, type TrainIo } from '@syn2real/app-visda17';
import { type DenseOracle, type Params, releaseMemory } from '@syn2real/core';
import { readLabelTable } from '@syn2real/datasets';
import { headFirst } from '@syn2real/regularizers';
import { groupRates, initTrainState, type OpenRun, runLoop, selectBackend } from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { epochBatches } from '../data/training-loader.js';
import { writeExamples } from '../evaluation/examples.js';
import { frozenScores } from '../evaluation/retention.js';
import { oldTaskModel } from '../model/load.js';
import { evaluateEpoch } from './evaluate-epoch.js';

import { openFolder } from './run-folder.js';
import { openSession, oracleOf, type Session } from './session.js';
import { createStepper, skippedIn } from './stepper.js';
import { exportModel, type Summary, summarise } from './summary.js';

/**
 * The training program: source batches → step → checkpoints and evaluations → summary.
 *
 * Killed at any step and resumed, it gives the same bits as if it had never been stopped.
 */
export async function train(recipe: Recipe, settings: RunSettings, io: TrainIo): Promise<Summary> {
  const backend = await selectBackend(settings.backend, { log: io.log });
  const session = await openSession(recipe, settings);
  try {
    const folder = await openFolder(io.dir, recipe, settings, session, backend, io.log);
    try {
      return await runTraining(recipe, settings, io, session, folder);
    } finally {
      folder.close();
    }
  } finally {
    await session.close();
  }
}

async function runTraining(
  recipe: Recipe,
  settings: RunSettings,
  io: TrainIo,
  session: Session,
  folder: OpenRun,
): Promise<Summary> {
  const { source, retention, model, rng, schedule, base, parts, stepsPerEpoch } = session;
  const total = stepsPerEpoch * recipe.epochs;
  const batchSize = settings.evalBatchSize;
  const control = controlOf(session, recipe, stepsPerEpoch, folder);
  const phases = headFirst({ groups: parts.trained, steps: recipe.headEpochs * stepsPerEpoch });
  const step = createStepper(session, session.control?.observer);
  const oracle = await oracleOf(recipe, settings, session, folder);
  const frozen = retention && (await frozenScores(oldTaskModel(model), retention, { batchSize }));

  return runLoop(
    folder,
    {
      own: control.init(),
      async fresh() {
        const regularizers = await session.prepareRegularizers();
        releaseMemory();
        return initTrainState(parts, session.fresh(rng.split('init')), regularizers);
      },
      batches: (epoch, start) =>
        epochBatches(source.loader, source.domain.images.length, recipe, rng, { epoch, start }),
      async step({ state, batch, own }) {
        const factor = schedule(state.step, total);
        const rates = groupRates(base, factor, own.control?.scales);
        const result = await step(state, batch, rates, phases.trainedAt(state.step));
        return {
          ...result,
          own: control.record(own, result),
          skipped: skippedIn(batch, session),
          log: { rate: recipe.lr * factor },
        };
      },
      beforeSave: releaseMemory,
      measure: ({ epoch, state, onProgress }) =>
        apart(() =>
          reported(recipe, session, state.params, (params) =>
            evaluateEpoch(recipe, session, params, {
              batchSize,
              ...(frozen === undefined ? {} : { frozen }),
              untrained: epoch === 0,
              oracle: settings.measureTarget === 'every' || epoch === recipe.epochs ? oracle : undefined,
              purpose: `mIoU curve, epoch ${epoch}`,
              onProgress,
            }),
          ),
        ),
      score: ({ source: measured }) => measured?.meanIou,
      async finish(end) {
        await reported(recipe, session, end.state.params, async (params) => {
          await exportModel(io.dir, recipe, session, params);
          await keepExamples(recipe, settings, io, session, params, oracle);
        });
        return summarise({ recipe, label: io.label, folder, session, end });
      },
    },
    {
      ...io,
      epochs: recipe.epochs,
      totalSteps: total,
      checkpointEvery: settings.checkpointEvery,
      measureEvery: settings.evalEvery,
      selection: recipe.selection,
    },
  );
}

/** Other work than training's steps: whole images and squares need much memory each, and need it in turn. */
async function apart<T>(work: () => Promise<T>): Promise<T> {
  releaseMemory();
  try {
    return await work();
  } finally {
    releaseMemory();
  }
}

/** Keeps pictures of some target images, where an oracle may show their truth. */
async function keepExamples(
  recipe: Recipe,
  { examples }: RunSettings,
  { dir }: TrainIo,
  { model, target, pool }: Session,
  params: Params,
  oracle: DenseOracle | undefined,
): Promise<void> {
  if (examples === 0 || oracle === undefined || target === undefined) return;
  const table = await readLabelTable(recipe.target!);
  const options = { model, params, cutting: recipe, pool, table, oracle, count: examples };
  await writeExamples(dir, target.images, options);
}
