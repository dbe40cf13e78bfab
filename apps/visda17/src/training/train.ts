import { disposeParams, type Params } from '@syn2real/core';
import { epochOrder, openOracle } from '@syn2real/datasets';
import { headFirst } from '@syn2real/regularizers';
import {
  groupRates,
  initTrainState,
  type OpenRun,
  runLoop,
  selectBackend,
  stepsPerEpoch,
  type TrainState,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { type AveragingOwn, averagingOf } from './averaging.js';
import { controlOf } from './control.js';
import { evaluateEpoch, frozenScores } from './evaluate-epoch.js';
import { reported } from './reported.js';
import { openFolder } from './run-folder.js';
import { openSession, type Session } from './session.js';
import { createStepper, skippedIn } from './stepper.js';
import { exportModel, type Summary, summarise } from './summary.js';
import type { TrainIo } from './train-io.js';

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
  const { split, source, rng, schedule, base, parts } = session;
  const perEpoch = stepsPerEpoch(split.train.length, recipe.batchSize);
  const total = perEpoch * recipe.epochs;
  const control = controlOf(session, recipe, perEpoch, folder);
  const averaging = averagingOf(
    session,
    recipe,
    { batchSize: settings.evalBatchSize, totalSteps: total },
    folder,
  );
  const phases = headFirst({ groups: parts.trained, steps: recipe.headEpochs * perEpoch });
  const step = createStepper(session, settings, session.control?.observer);
  const oracle =
    session.targetHasTruth && settings.measureTarget !== 'never'
      ? await openOracle(recipe.data, 'validation', { onReading: folder.ledger.onReading })
      : undefined;
  const frozen = await frozenScores(session, settings.evalBatchSize);

  return runLoop(
    folder,
    {
      own: { ...control.init(), ...averaging.init() },
      fresh: async () =>
        initTrainState(parts, session.fresh(rng.split('init')), await session.prepareRegularizers()),
      batches(epoch, start) {
        const order = epochOrder(split.train.length, rng.split('shuffle'), epoch);
        return source.loader.batches(
          order.map((i) => split.train[i]!),
          { batchSize: recipe.batchSize, start },
        );
      },
      async step({ state, batch, own }) {
        const factor = schedule(state.step, total);
        const rates = groupRates(base, factor, own.control?.scales);
        const result = await step(state, batch, rates, phases.trainedAt(state.step));
        const averaged = await averaging.record(own, result.state);
        return {
          ...result,
          state: averaged.state,
          own: { ...control.record(own, result), ...averaged.own },
          skipped: skippedIn(batch, session),
          log: { rate: recipe.lr * factor },
        };
      },
      async measure({ epoch, state, own, onProgress }) {
        const measured = await weightsOf(state, own, (params) =>
          evaluateEpoch(session, params, {
            tta: recipe.tta,
            batchSize: settings.evalBatchSize,
            frozen,
            oldTaskOnly: epoch === 0,
            oracle: settings.measureTarget === 'every' || epoch === recipe.epochs ? oracle : undefined,
            purpose: `accuracy curve, epoch ${epoch}`,
            onBatch: onProgress,
          }),
        );
        const averaged = averaging.iterations(own);
        return averaged === undefined ? measured : { ...measured, averaged };
      },
      score: ({ source: measured }) => (measured?.heldOut === true ? measured.meanClassAccuracy : undefined),
      async finish(end) {
        await weightsOf(end.state, end.own, (params) => exportModel(io.dir, session, params));
        if (end.selected.averaged !== undefined) io.log(averagedText(end.selected.averaged));
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

  /** Runs `use` on the weights that are reported: averaged, between start and end, or as trained. */
  async function weightsOf<T>(
    state: TrainState,
    own: AveragingOwn,
    use: (params: Params) => Promise<T>,
  ): Promise<T> {
    const average = averaging.average(own, state);
    try {
      return await reported(recipe, session, average ?? state.params, use);
    } finally {
      disposeParams(average ?? {});
    }
  }
}

function averagedText(iterations: number): string {
  return iterations === 0
    ? 'SWAD: the held-out source loss has had no valley yet; the weights are the last ones'
    : `SWAD: the weights are the mean of ${iterations} iterations`;
}
