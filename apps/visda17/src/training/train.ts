import { ExitCode } from '@syn2real/cli';
import { disposeParams, type Params } from '@syn2real/core';
import { epochOrder, openOracle } from '@syn2real/datasets';
import { createControlLoop } from '@syn2real/l2o';
import { headFirst, wiseFt } from '@syn2real/regularizers';
import {
  asJson,
  createProgress,
  disposeTrainState,
  groupRates,
  type Interruption,
  initTrainState,
  type JsonObject,
  type StepLosses,
  type StepResult,
  selectBackend,
  selectEpoch,
  stepsPerEpoch,
  type TrainState,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { evaluateEpoch, frozenScores } from './evaluate-epoch.js';
import { type EpochRecord, noProgress, type Progress, selectable } from './records.js';
import { type OpenFolder, openFolder, paramsAt, save } from './run-folder.js';
import { openSession, type Session } from './session.js';
import { createStepper, noteSkipped } from './stepper.js';
import { exportModel, type Summary, summarise } from './summary.js';

/** Where a run is, and what it says on the way. */
export interface TrainIo {
  /** Folder of the run. */
  dir: string;
  label: string;
  log: (line: string) => void;
  stream: NodeJS.WriteStream;
  /** Whether the user has asked to stop; the caller's. */
  stop: Interruption;
}

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
  folder: OpenFolder,
): Promise<Summary> {
  const { stop } = io;
  const began = Date.now();
  const { split, source, rng, schedule, base } = session;
  const perEpoch = stepsPerEpoch(split.train.length, recipe.batchSize);
  const total = perEpoch * recipe.epochs;
  let progress: Progress = folder.saved?.progress ?? noProgress();
  const loop = session.control && {
    ...session.control,
    ...createControlLoop({
      controller: session.control.controller,
      groups: session.groups,
      epochs: recipe.epochs,
      iterationsPerEpoch: perEpoch,
      window: { growth: recipe.windowGrowth, minimum: recipe.windowMin, shrink: recipe.windowShrink },
    }),
  };
  const phases = headFirst({ groups: session.parts.trained, steps: recipe.headEpochs * perEpoch });
  const step = createStepper(session, settings, loop?.observer);
  if (loop !== undefined) progress = { control: loop.init(rng.split('controller')), ...progress };
  const before = progress.seconds;
  const elapsed = (): number => before + (Date.now() - began) / 1000;

  const oracle =
    session.targetHasTruth && settings.measureTarget !== 'never'
      ? await openOracle(recipe.data, 'validation', { onReading: folder.ledger.onReading })
      : undefined;
  const frozen = await frozenScores(session, settings.evalBatchSize);
  let state: TrainState = folder.saved?.state ?? (await freshState(session));
  const bar = createProgress(io.stream, { total, label: io.label, start: state.step });
  const selectedStep = (): number[] => {
    const trained = selectable(progress.records);
    if (trained.length === 0) return [];
    const epoch = selectEpoch(trained, recipe.selection);
    return [progress.records.find((record) => record.epoch === epoch)!.step];
  };
  const checkpoint = async (): Promise<void> => {
    progress = { ...progress, seconds: elapsed() };
    await save(folder, state, progress, selectedStep());
  };
  const stopIfAsked = async (): Promise<void> => {
    if (stop.exitCode === undefined) return;
    await checkpoint();
    leave(stop.exitCode);
  };
  const leave = (exitCode: number): never => {
    bar.stop();
    io.log(`saved after step ${state.step} in ${io.dir}; go on with --resume`);
    throw new ExitCode(exitCode);
  };

  try {
    for (;;) {
      if (progress.offset === 0 && isDue(progress, recipe, settings)) {
        const record = await measure(progress.epoch, state);
        progress = { ...progress, records: [...progress.records, record], sums: noProgress().sums };
        await checkpoint();
        await stopIfAsked();
      }
      if (progress.epoch === recipe.epochs) break;
      await trainEpoch();
    }
    bar.stop();
    return await finish();
  } finally {
    bar.stop();
    disposeTrainState(state);
  }

  async function trainEpoch(): Promise<void> {
    const order = epochOrder(split.train.length, rng.split('shuffle'), progress.epoch).map(
      (i) => split.train[i]!,
    );
    for await (const batch of source.loader.batches(order, {
      batchSize: recipe.batchSize,
      start: progress.offset,
    })) {
      const rates = groupRates(base, schedule(state.step, total), progress.control?.scales);
      const result = await step(state, batch, rates, phases.trainedAt(state.step));
      state = result.state;
      const { losses } = result;
      const { sums } = progress;
      progress = {
        ...progress,
        ...control(result),
        offset: batch.end,
        skipped: noteSkipped(progress.skipped, batch, session),
        sums: {
          steps: sums.steps + 1,
          task: sums.task + losses.task,
          regularizer: sums.regularizer + regularizerLoss(losses),
        },
      };
      folder.journal.record('step', state.step, {
        task: losses.task,
        regularizer: regularizerLoss(losses),
        total: losses.total,
        rate: recipe.lr * schedule(state.step - 1, total),
      });
      bar.update(state.step, `epoch ${progress.epoch + 1}/${recipe.epochs}, loss ${losses.total.toFixed(3)}`);
      if (state.step % settings.checkpointEvery === 0) await checkpoint();
      await stopIfAsked();
    }
    progress = { ...progress, epoch: progress.epoch + 1, offset: 0 };
    await checkpoint();
  }

  /** Tells the controller of a step, and logs what it decides. */
  function control(result: StepResult): Pick<Progress, 'control'> {
    if (loop === undefined) return {};
    const recorded = loop.record(progress.control!, loop.observer.statistics(result));
    if (recorded.decision !== undefined) {
      folder.journal.record('decision', state.step, asJson(recorded.decision) as JsonObject);
    }
    return { control: recorded.state };
  }

  /** Runs `use` on the parameters that a recipe reports: the trained ones, or those between them and the start. */
  async function reported<T>(params: Params, use: (params: Params) => Promise<T>): Promise<T> {
    if (recipe.wiseFt === undefined) return use(params);
    const between = wiseFt(session.model.params, params, recipe.wiseFt);
    try {
      return await use(between);
    } finally {
      disposeParams(between);
    }
  }

  async function measure(epoch: number, { params, step: at }: TrainState): Promise<EpochRecord> {
    const { sums } = progress;
    const measured = await reported(params, (these) =>
      evaluateEpoch(session, these, {
        tta: recipe.tta,
        batchSize: settings.evalBatchSize,
        frozen,
        oldTaskOnly: epoch === 0,
        oracle: settings.measureTarget === 'every' || epoch === recipe.epochs ? oracle : undefined,
        purpose: `accuracy curve, epoch ${epoch}`,
        onBatch: (note) => {
          bar.update(at, `measuring epoch ${epoch}: ${note}`);
          if (stop.exitCode !== undefined) leave(stop.exitCode);
        },
      }),
    );
    const record: EpochRecord = {
      epoch,
      step: at,
      ...(sums.steps === 0
        ? {}
        : { taskLoss: sums.task / sums.steps, regularizerLoss: sums.regularizer / sums.steps }),
      ...measured,
    };
    folder.journal.record('epoch', at, { ...record });
    return record;
  }

  async function finish(): Promise<Summary> {
    const epoch = selectEpoch(selectable(progress.records), recipe.selection);
    const selected = progress.records.find((record) => record.epoch === epoch)!;
    const params: Params =
      selected.step === state.step ? state.params : await paramsAt(folder, selected.step);
    await reported(params, (these) => exportModel(io.dir, session, these));
    return summarise({ recipe, label: io.label, folder, session, progress, selected, seconds: elapsed() });
  }
}

async function freshState({ parts, rng, fresh, prepareRegularizers }: Session): Promise<TrainState> {
  return initTrainState(parts, fresh(rng.split('init')), await prepareRegularizers());
}

/** Whether the epochs done so far still have to be measured: every `evalEvery`, the first, and the last. */
function isDue({ epoch, records }: Progress, { epochs }: Recipe, { evalEvery }: RunSettings): boolean {
  if (records.some((record) => record.epoch === epoch)) return false;
  return epoch % evalEvery === 0 || epoch === epochs;
}

function regularizerLoss({ regularizers }: StepLosses): number {
  return Object.values(regularizers).reduce((sum, value) => sum + value, 0);
}
