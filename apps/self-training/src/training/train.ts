import { exportModel, type TrainIo } from '@syn2real/app-visda17';
import { cloneParams, type Oracle, type Params } from '@syn2real/core';
import { epochOrder, type ImageBatch, openOracle } from '@syn2real/datasets';
import {
  asJson,
  groupRates,
  initTrainState,
  type JsonObject,
  type OpenRun,
  openRunFolder,
  runLoop,
  selectBackend,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { openStart } from '../init/open-init.js';
import { estimatedSteps } from './estimated-steps.js';
import { measure } from './measure.js';
import { predictTarget, type TargetPredictions } from './predict-target.js';
import type { Measured, Own } from './records.js';
import { beginRound, driverOf, needsFeatures, type Round, resumeRound } from './round.js';
import { roundLine } from './round-line.js';
import { openSession, type Session } from './session.js';
import { createStepper } from './stepper.js';
import { type Summary, summarise } from './summary.js';
import { reportedParams, teacherOf } from './teacher.js';

/**
 * The training program: predict the target → pseudo-labels → train on them and on a subset of the source, round by round.
 *
 * Killed at any step and resumed, it gives the same bits as if it had never been stopped.
 */
export async function train(recipe: Recipe, settings: RunSettings, io: TrainIo): Promise<Summary> {
  const backend = await selectBackend(settings.backend, { log: io.log });
  const session = await openSession(recipe, openStart(recipe.init), settings);
  try {
    const { source, target, retention, weights } = session;
    const data = {
      source: source.fingerprint,
      target: target.fingerprint,
      ...(retention === undefined ? {} : { retention: retention.domain.fingerprint }),
    };
    const folder = await openRunFolder(
      io.dir,
      { recipe, data, weights: { start: weights.sha256 }, backend, selection: recipe.selection },
      { resume: settings.resume, log: io.log, from: import.meta.url },
    );
    try {
      return await (recipe.method === 'none' ? measureOnly : runRounds)(
        recipe,
        settings,
        io,
        session,
        folder,
      );
    } finally {
      folder.close();
    }
  } finally {
    await session.close();
  }
}

async function runRounds(
  recipe: Recipe,
  settings: RunSettings,
  io: TrainIo,
  session: Session,
  folder: OpenRun,
): Promise<Summary> {
  const { rng, parts, base, loader, model, method } = session;
  const { epochsPerRound, batchSize, decayEvery } = recipe;
  const epochs = recipe.rounds * epochsPerRound;
  const step = createStepper(session, recipe);
  const oracle = await oracleOf(recipe, settings, session, folder);
  const predict = rememberLast((params, onProgress) =>
    predictTarget(session, params, {
      batchSize: settings.evalBatchSize,
      features: needsFeatures(session),
      onProgress,
    }),
  );
  let round: Round | undefined;
  const roundOfEpoch = (epoch: number): number => Math.floor(epoch / epochsPerRound);

  return runLoop<ImageBatch, Measured, Own, Summary>(
    folder,
    {
      own: { rounds: driverOf(recipe, session).init() },
      async fresh() {
        const params = cloneParams(model.params);
        return initTrainState(parts, params, teacherOf(method, params));
      },
      async beforeEpoch({ epoch, state, own, begun, onProgress }) {
        const at = roundOfEpoch(epoch);
        if (begun || epoch % epochsPerRound > 0) {
          if (round?.round !== at) round = await resumeRound(io.dir, recipe, session, at);
          return undefined;
        }
        const predictions = await predict(reportedParams(state), onProgress);
        const next = await beginRound(io.dir, recipe, session, { state: own.rounds, round }, predictions);
        round = next.round;
        return { own: { rounds: next.state } };
      },
      batches(epoch, start) {
        const { images } = round!;
        const order = epochOrder(images.length, rng.split('shuffle'), epoch).map((i) => images[i]!);
        return loader.batches(order, { batchSize, start, dropLast: order.length > batchSize });
      },
      async step({ state, batch, epoch }) {
        const factor = decayEvery === 0 ? 1 : 0.1 ** Math.floor(epoch / decayEvery);
        const result = await step(state, batch, { epoch, round: round!, rates: groupRates(base, factor) });
        return { ...result, log: { rate: recipe.lr * factor } };
      },
      async measure({ epoch, state, own, onProgress }) {
        if (epoch > 0) round ??= await resumeRound(io.dir, recipe, session, roundOfEpoch(epoch - 1));
        const params = reportedParams(state);
        const measured = await measure(session, params, {
          tta: recipe.tta,
          batchSize: settings.evalBatchSize,
          predictions: () => predict(params, onProgress),
          ...(epoch === 0 ? {} : { round }),
          ...(settings.measureTarget === 'every' || epoch === epochs ? { oracle } : {}),
          retention: epoch === epochs,
          onProgress,
        });
        const report = own.rounds.reports.at(-1);
        if (report !== undefined) {
          folder.journal.record('round', state.step, asJson(roundLine(report, measured)) as JsonObject);
        }
        return measured;
      },
      score: ({ source }) => (source.heldOut ? source.meanClassAccuracy : undefined),
      async finish({ state, own, ...end }) {
        await exportModel(io.dir, session, reportedParams(state));
        return summarise({ recipe, label: io.label, folder, session, rounds: own.rounds.reports, ...end });
      },
    },
    {
      ...io,
      epochs,
      totalSteps: estimatedSteps(recipe, session),
      checkpointEvery: settings.checkpointEvery,
      measureEvery: epochsPerRound,
      selection: recipe.selection,
    },
  );
}

/** `--method none`: the start as it is, measured and kept as a run like the others. */
async function measureOnly(
  recipe: Recipe,
  settings: RunSettings,
  io: TrainIo,
  session: Session,
  folder: OpenRun,
): Promise<Summary> {
  const began = Date.now();
  const { params } = session.model;
  const oracle = await oracleOf(recipe, settings, session, folder);
  const options = { batchSize: settings.evalBatchSize, features: false };
  const measured = await measure(session, params, {
    ...options,
    tta: recipe.tta,
    predictions: () => predictTarget(session, params, options),
    oracle,
    retention: true,
  });
  const record = { epoch: 0, step: 0, ...measured };
  folder.journal.record('epoch', 0, asJson(record) as JsonObject);
  await exportModel(io.dir, session, params);
  const rest = { rounds: [], skipped: {}, seconds: (Date.now() - began) / 1000 };
  return summarise({
    recipe,
    label: io.label,
    folder,
    session,
    records: [record],
    selected: record,
    ...rest,
  });
}

async function oracleOf(
  { data }: Recipe,
  { measureTarget }: RunSettings,
  { targetHasTruth }: Session,
  { ledger }: OpenRun,
): Promise<Oracle | undefined> {
  if (!targetHasTruth || measureTarget === 'never') return undefined;
  return openOracle(data, 'validation', { onReading: ledger.onReading });
}

/** What `predict` gave for the last parameters that it was asked for: the end of a round is the beginning of the next. */
function rememberLast(
  predict: (params: Params, onProgress: (note: string) => void) => Promise<TargetPredictions>,
): typeof predict {
  let last: { params: Params; predictions: TargetPredictions } | undefined;
  return async (params, onProgress) => {
    if (last?.params !== params) last = { params, predictions: await predict(params, onProgress) };
    return last.predictions;
  };
}
