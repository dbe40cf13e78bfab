import type { TrainIo } from '@syn2real/app-visda17';
import { type DenseOracle, disposeParams, type Params } from '@syn2real/core';
import { readLabelTable } from '@syn2real/datasets';
import { createControlLoop } from '@syn2real/l2o';
import { headFirst, wiseFt } from '@syn2real/regularizers';
import {
  asJson,
  groupRates,
  initTrainState,
  type JsonObject,
  type OpenRun,
  runLoop,
  type StepResult,
  selectBackend,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { epochBatches } from '../data/training-loader.js';
import { writeExamples } from '../evaluation/examples.js';
import { frozenScores } from '../evaluation/retention.js';
import { oldTaskModel } from '../model/load.js';
import { evaluateEpoch } from './evaluate-epoch.js';
import type { Own } from './records.js';
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
      folder.journal.close();
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
  const control = controlOf(session, recipe, folder);
  const phases = headFirst({ groups: parts.trained, steps: recipe.headEpochs * stepsPerEpoch });
  const step = createStepper(session, session.control?.observer);
  const oracle = await oracleOf(recipe, settings, session, folder);
  const frozen = retention && (await frozenScores(oldTaskModel(model), retention, { batchSize }));

  return runLoop(
    folder,
    {
      own: control.init(),
      fresh: async () =>
        initTrainState(parts, session.fresh(rng.split('init')), await session.prepareRegularizers()),
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
      measure: ({ epoch, state, onProgress }) =>
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

/** Runs `use` on the parameters that a recipe reports: the trained ones, or those between them and the start. */
async function reported<T>(
  { wiseFt: alpha }: Recipe,
  { model }: Session,
  params: Params,
  use: (params: Params) => Promise<T>,
): Promise<T> {
  if (alpha === undefined) return use(params);
  const between = wiseFt(model.params, params, alpha);
  try {
    return await use(between);
  } finally {
    disposeParams(between);
  }
}

/** The session's controller, told of each step; where there is none, nothing is kept. */
function controlOf(
  { control, groups, rng, stepsPerEpoch }: Session,
  { epochs, windowGrowth, windowMin, windowShrink }: Recipe,
  { journal }: OpenRun,
): { init(): Own; record(own: Own, result: StepResult): Own } {
  if (control === undefined) return { init: () => ({}), record: (own) => own };
  const loop = createControlLoop({
    controller: control.controller,
    groups,
    epochs,
    iterationsPerEpoch: stepsPerEpoch,
    window: { growth: windowGrowth, minimum: windowMin, shrink: windowShrink },
  });
  return {
    init: () => ({ control: loop.init(rng.split('controller')) }),
    record(own, result) {
      const { state, decision } = loop.record(own.control!, control.observer.statistics(result));
      if (decision !== undefined) {
        journal.record('decision', result.state.step, asJson(decision) as JsonObject);
      }
      return { control: state };
    },
  };
}
