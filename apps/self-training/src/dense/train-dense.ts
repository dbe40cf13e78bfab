import { type DenseScores, exportModel, scoreImages } from '@syn2real/app-gta5-cityscapes';
import type { TrainIo } from '@syn2real/app-visda17';
import { cloneParams, type DenseReading, type ImageRef, type Params, tf } from '@syn2real/core';
import {
  type DenseBatch,
  epochOrder,
  hasCityscapesTruth,
  openCityscapesOracle,
  openReading,
} from '@syn2real/datasets';
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
  trainStep,
} from '@syn2real/trainer';
import { roundsOf } from '../config/methods.js';
import type { RunSettings } from '../config/train-options.js';
import type { Own } from '../training/records.js';
import { roundLine } from '../training/round-line.js';

import type { DenseRecipe } from './options.js';
import { beginDenseRound, type DenseRound, denseDriver, resumeDenseRound } from './round.js';
import { type DenseSession, openDenseSession } from './session.js';
import { type DenseMeasured, type DenseSummary, summariseDense } from './summary.js';

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
      folder.journal.close();
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
  const { rng, parts, base, model } = session;
  const { epochsPerRound, batchSize, decayEvery } = recipe;
  const epochs = recipe.rounds * epochsPerRound;
  const measure = await measuring(recipe, settings, session, folder);
  let round: DenseRound | undefined;

  return runLoop<DenseBatch, DenseMeasured, Own, DenseSummary>(
    folder,
    {
      own: { rounds: denseDriver(recipe, session).init() },
      fresh: async () => initTrainState(parts, cloneParams(model.params)),
      async beforeEpoch({ epoch, state, own, begun, onProgress }) {
        const at = Math.floor(epoch / epochsPerRound);
        if (begun || epoch % epochsPerRound > 0) {
          if (round?.round !== at) round = await resumeDenseRound(io.dir, recipe, session, at);
          return undefined;
        }
        const before = { state: own.rounds, params: state.params };
        const next = await beginDenseRound(io.dir, recipe, session, before, onProgress);
        round = next.round;
        // a new optimizer each round, as released
        const optimizer = parts.optimizer.init(state.params);
        return { state: { ...state, optimizer }, own: { rounds: next.state } };
      },
      batches(epoch, start) {
        const { loader, images } = round!;
        const order = epochOrder(images, rng.split('shuffle'), epoch);
        const stream = rng.split('augment').split(epoch);
        return loader.batches(order, { batchSize, start, rng: stream, dropLast: images > batchSize });
      },
      async step({ state, batch, epoch }) {
        const factor = decayEvery === 0 ? 1 : 0.1 ** Math.floor(epoch / decayEvery);
        const tensors = tensorsOf(batch, round!);
        try {
          const rates = groupRates(base, factor);
          const result = await trainStep(parts, state, { batch: tensors, rates });
          return { ...result, log: { rate: recipe.lr * factor } };
        } finally {
          tf.dispose([tensors.images, tensors.labels, tensors.isTarget]);
        }
      },
      async measure({ epoch, state, own, onProgress }) {
        const isLast = epoch === epochs;
        const measured = await measure(state.params, epoch / epochsPerRound, isLast, onProgress);
        const report = own.rounds.reports.at(-1);
        if (report !== undefined) {
          folder.journal.record('round', state.step, asJson(roundLine(report, measured)) as JsonObject);
        }
        return measured;
      },
      score: ({ source }) => source?.meanIou,
      async finish({ state, own, ...end }) {
        await exportModel(io.dir, recipe, session, state.params);
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

function tensorsOf(
  { images, labels, indices, count }: DenseBatch,
  { loader: { side }, firstTarget }: DenseRound,
) {
  return {
    images: tf.tensor4d(images, [count, side, side, 3]),
    labels: tf.tensor3d(Int32Array.from(labels), [count, side, side], 'int32'),
    isTarget: tf.tensor1d(Float32Array.from(indices, (index) => (index < firstTarget ? 0 : 1))),
  };
}

type Measure = (
  params: Params,
  round: number,
  isLast: boolean,
  onProgress: (note: string) => void,
) => Promise<DenseMeasured>;

/** Measures parameters on held-out source images and, through the oracle, on the target. */
async function measuring(
  recipe: DenseRecipe,
  { measureTarget }: RunSettings,
  { model, heldOut, measured, pool, onSkip }: DenseSession,
  { ledger }: OpenRun,
): Promise<Measure> {
  const { skipUnreadable, measureSplit: split, target } = recipe;
  const oracle =
    measureTarget === 'never' || !(await hasCityscapesTruth(target, split))
      ? undefined
      : await openCityscapesOracle(target, { split, onReading: ledger.onReading, skipUnreadable, onSkip });
  return async (params, round, isLast, onProgress) => {
    const score = (what: string, images: readonly ImageRef[], reading: DenseReading): Promise<DenseScores> =>
      scoreImages(images, reading, {
        model,
        params,
        cutting: recipe,
        pool,
        skipUnreadable,
        onSkip,
        onImage: (done) => onProgress(`${what} ${done}/${images.length}`),
      });
    const reads = oracle !== undefined && (measureTarget === 'every' || isLast);
    const purpose = `mIoU after ${round === 0 ? 'the start' : `round ${round}`}`;
    return {
      ...(heldOut === undefined
        ? {}
        : {
            source: await score('source', heldOut.images, openReading(heldOut, { skipUnreadable, onSkip })),
          }),
      ...(reads ? { target: await score('target', measured.images, oracle.open(purpose)) } : {}),
    };
  };
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
  const measure = await measuring(recipe, settings, session, folder);
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
