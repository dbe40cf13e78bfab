import { exportModel } from '@syn2real/app-gta5-cityscapes';
import type { TrainIo } from '@syn2real/app-visda17';
import { cloneParams } from '@syn2real/core';
import { epochOrder } from '@syn2real/datasets';
import { shareOfRound } from '@syn2real/self-training';
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
import { roundsOf } from '../config/methods.js';
import type { RunSettings } from '../config/train-options.js';
import type { Own } from '../training/records.js';
import { roundLine } from '../training/round-line.js';
import { reportedParams, teacherOf } from '../training/teacher.js';
import { type DenseMeasured, measuring } from './measure.js';
import type { DenseRecipe } from './options.js';
import { type PlacedBatch, withPlaces } from './place.js';
import { beginDenseRound, type DenseRound, denseDriver, resumeDenseRound } from './round.js';
import { type DenseSession, openDenseSession } from './session.js';
import { createDenseStepper } from './stepper.js';
import { type DenseSummary, summariseDense } from './summary.js';

/**
 * Self-training of segmentation: as of images, with labels on disk and one image in memory at a time.
 *
 * Killed at any step and resumed, it gives the same bits as if it had never been stopped.
 */
export async function trainDense(
  recipe: DenseRecipe,
  weights: string,
  settings: RunSettings,
  io: TrainIo,
): Promise<DenseSummary> {
  const backend = await selectBackend(settings.backend, { log: io.log });
  const session = await openDenseSession(recipe, weights, settings);
  try {
    const { source, target, measured } = session;
    const data = { source: source.fingerprint, target: target.fingerprint, measured: measured.fingerprint };
    const folder = await openRunFolder(
      io.dir,
      {
        recipe,
        data,
        weights: { start: session.weights.sha256 },
        backend,
        selection: recipe.selection,
      },
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
  recipe: DenseRecipe,
  settings: RunSettings,
  io: TrainIo,
  session: DenseSession,
  folder: OpenRun,
): Promise<DenseSummary> {
  const { rng, method, parts, base, model } = session;
  const { epochsPerRound, batchSize, decayEvery } = recipe;
  const epochs = recipe.rounds * epochsPerRound;
  const measure = await measuring(io.dir, recipe, settings, session, folder);
  const step = createDenseStepper(io.dir, session);
  const augment = rng.split('augment');
  let round: DenseRound | undefined;

  return runLoop<PlacedBatch, DenseMeasured, Own, DenseSummary>(
    folder,
    {
      own: { rounds: denseDriver(recipe, session).init() },
      async fresh() {
        const params = cloneParams(model.params);
        return initTrainState(parts, params, teacherOf(method, params));
      },
      async beforeEpoch({ epoch, state, own, begun, onProgress }) {
        const at = Math.floor(epoch / epochsPerRound);
        if (begun || epoch % epochsPerRound > 0) {
          if (round?.round !== at) round = await resumeDenseRound(io.dir, recipe, session, at);
          return undefined;
        }
        const before = { state: own.rounds, params: reportedParams(state) };
        const next = await beginDenseRound(io.dir, recipe, session, before, onProgress);
        round = next.round;
        // a new optimizer each round, as released
        const optimizer = parts.optimizer.init(state.params);
        return { state: { ...state, optimizer }, own: { rounds: next.state } };
      },
      batches(epoch, start) {
        const { loader, images } = round!;
        const order = epochOrder(images, rng.split('shuffle'), epoch);
        const options = { batchSize, start, rng: augment.split(epoch), dropLast: images > batchSize };
        return withPlaces(loader.batches(order, options), order);
      },
      async step({ state, batch, epoch }) {
        const factor = decayEvery === 0 ? 1 : 0.1 ** Math.floor(epoch / decayEvery);
        const at = { round: round!, rng: augment.split(epoch), rates: groupRates(base, factor) };
        return { ...(await step(state, batch, at)), log: { rate: recipe.lr * factor } };
      },
      async measure({ epoch, state, own, onProgress }) {
        const isLast = epoch === epochs;
        const measured = await measure(reportedParams(state), epoch / epochsPerRound, isLast, onProgress);
        const report = own.rounds.reports.at(-1);
        if (report !== undefined) {
          folder.journal.record('round', state.step, asJson(roundLine(report, measured)) as JsonObject);
        }
        return measured;
      },
      score: ({ source }) => source?.meanIou,
      async finish({ state, own, ...end }) {
        await exportModel(io.dir, recipe, session, reportedParams(state));
        return summariseDense({
          recipe,
          label: io.label,
          folder,
          session,
          rounds: own.rounds.reports,
          ...end,
        });
      },
    },
    {
      ...io,
      epochs,
      totalSteps: stepsOf(recipe, session),
      checkpointEvery: settings.checkpointEvery,
      measureEvery: epochsPerRound,
      selection: recipe.selection,
    },
  );
}

/** `--method none`: the start as it is, measured and kept as a run like the others. */
async function measureOnly(
  recipe: DenseRecipe,
  settings: RunSettings,
  io: TrainIo,
  session: DenseSession,
  folder: OpenRun,
): Promise<DenseSummary> {
  const began = Date.now();
  const { params } = session.model;
  const measure = await measuring(io.dir, recipe, settings, session, folder);
  const record = { epoch: 0, step: 0, ...(await measure(params, 0, true, () => {})) };
  folder.journal.record('epoch', 0, asJson(record) as JsonObject);
  await exportModel(io.dir, recipe, session, params);
  const rest = { rounds: [], skipped: {}, seconds: (Date.now() - began) / 1000 };
  return summariseDense({
    recipe,
    label: io.label,
    folder,
    session,
    records: [record],
    selected: record,
    ...rest,
  });
}

function stepsOf(recipe: DenseRecipe, { source, target }: DenseSession): number {
  const { sourceShare } = roundsOf(recipe, source.classes.length);
  const steps = Array.from({ length: recipe.rounds }, (_, round) => {
    const images = target.images.length + source.images.length * shareOfRound(sourceShare!, round);
    return Math.max(1, Math.floor(images / recipe.batchSize)) * recipe.epochsPerRound;
  });
  return steps.reduce((a, b) => a + b, 0);
}
