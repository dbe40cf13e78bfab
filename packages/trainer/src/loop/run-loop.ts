import { loadCheckpoint } from '../checkpoint/load.js';
import { saveCheckpoint } from '../checkpoint/save.js';
import { asJson, type JsonObject } from '../files/json.js';
import { selectEpoch } from '../firewall/selection.js';
import { createProgress } from '../progress/progress.js';
import { breathe } from '../run/breathe.js';
import { ExitCode } from '../run/exit-code.js';
import type { StepLosses } from '../step/losses.js';
import {
  disposeReplaced,
  disposeTrainState,
  stateFromGroups,
  stateGroups,
  type TrainState,
} from '../step/state.js';
import type { LoopBatch, LoopOptions, LoopProgram, LoopStep } from './program.js';
import { type LoopProgress, type LoopRecord, NO_SUMS, noProgress } from './progress.js';
import type { OpenRun } from './run-folder.js';

/**
 * The training program around a step: epochs of batches, checkpoints, measurements, selection, the log, the bar.
 *
 * Killed at any moment and resumed, it gives the same bits as if it had never been stopped, where the program's batches,
 * steps and `beforeEpoch` are functions of what they are given. Asked to stop, it finishes the step, saves, and throws
 * `ExitCode`. A step's line in the log: `task`, `regularizer`, `total` and what the program adds.
 *
 * @param folder what `openRunFolder` gave; its checkpoint is used up. The caller closes it
 * @returns what the program's `finish` returned
 * @throws ExitCode where the user has asked to stop, after saving
 * @throws UserError where a loss is not finite, the disk refuses, or the selection lacks scores
 * @example
 * ```ts
 * const summary = await runLoop(folder, {
 *   own: {},
 *   fresh: async () => initTrainState(parts, setup.fresh(rng.split('init'))),
 *   batches: (epoch, offset) =>
 *     loader.batches(epochOrder(images, rng.split('shuffle'), epoch), { batchSize: 32, start: offset }),
 *   async step({ state, batch }) {
 *     const rates = groupRates(base, schedule(state.step, totalSteps));
 *     return trainStep(parts, state, { batch: toTensors(batch), rates });
 *   },
 *   measure: ({ state }) => evaluate(state.params),
 *   finish: async ({ selected, state }) => exportAndSummarise(selected, state.params),
 * }, { epochs: 30, totalSteps, label: 'naive', log, stream: process.stderr, stop });
 * ```
 */
export async function runLoop<Batch extends LoopBatch, Measured extends object, Own, Result>(
  { run, journal, checkpoint: saved }: OpenRun,
  program: LoopProgram<Batch, Measured, Own, Result>,
  options: LoopOptions,
): Promise<Result> {
  const { epochs, totalSteps, checkpointEvery = 1000, measureEvery = 1, selection = 'last' } = options;
  const { label, log, stream, stop, now = Date.now } = options;
  const began = now();
  let progress: LoopProgress<Measured, Own> = {
    ...noProgress<Measured, Own>(program.own),
    ...(saved?.state as Partial<LoopProgress<Measured, Own>> | undefined),
  };
  const before = progress.seconds;
  const elapsed = (): number => before + (now() - began) / 1000;
  let state: TrainState =
    saved === undefined ? await program.fresh() : stateFromGroups(saved.step, saved.groups);
  const bar = createProgress(stream, { total: totalSteps, label, start: state.step });
  /** Whether `beforeEpoch` has been called in this process for the epoch under way. */
  let entered = false;

  try {
    for (;;) {
      if (progress.offset === 0 && !progress.begun && isDue()) await measure();
      if (progress.epoch === epochs) break;
      await enterEpoch();
      await trainEpoch();
    }
    bar.stop();
    return await finish();
  } finally {
    bar.stop();
    disposeTrainState(state);
  }

  /** Whether the epochs done so far still have to be measured: every `measureEvery`, the first, and the last. */
  function isDue(): boolean {
    const { epoch, records } = progress;
    if (records.some((record) => record.epoch === epoch)) return false;
    return epoch % measureEvery === 0 || epoch === epochs;
  }

  async function measure(): Promise<void> {
    const { epoch, own, sums, records } = progress;
    const measured = await program.measure({
      epoch,
      state,
      own,
      onProgress: (note) => show(`measuring epoch ${epoch}: ${note}`),
    });
    if (measured === undefined) return;
    const losses =
      sums.steps === 0
        ? {}
        : { taskLoss: sums.task / sums.steps, regularizerLoss: sums.regularizer / sums.steps };
    const record: LoopRecord & Measured = { epoch, step: state.step, ...losses, ...measured };
    journal.record('epoch', state.step, asLine(record));
    progress = { ...progress, records: [...records, record], sums: NO_SUMS };
    await checkpoint();
    if (stop.exitCode !== undefined) leave(stop.exitCode);
  }

  async function enterEpoch(): Promise<void> {
    if (entered || program.beforeEpoch === undefined) return;
    const { epoch, own, begun } = progress;
    const changed = await program.beforeEpoch({
      epoch,
      state,
      own,
      begun,
      onProgress: (note) => show(`before epoch ${epoch + 1}: ${note}`),
    });
    entered = true;
    if (begun) return;
    if (changed?.state !== undefined) {
      disposeReplaced(state, changed.state);
      state = changed.state;
    }
    progress = { ...progress, begun: true, own: changed?.own ?? own };
    if (changed === undefined) return;
    await checkpoint();
    if (stop.exitCode !== undefined) leave(stop.exitCode);
  }

  async function trainEpoch(): Promise<void> {
    const { epoch, offset } = progress;
    for await (const batch of program.batches(epoch, offset)) {
      await breathe();
      const result = await program.step({ state, batch, own: progress.own, epoch });
      state = result.state;
      note(batch, result);
      bar.update(state.step, `epoch ${epoch + 1}/${epochs}, loss ${result.losses.total.toFixed(3)}`);
      if (stop.exitCode !== undefined || state.step % checkpointEvery === 0) await checkpoint();
      if (stop.exitCode !== undefined) leave(stop.exitCode);
    }
    progress = { ...progress, epoch: epoch + 1, offset: 0, begun: false };
    entered = false;
    await checkpoint();
  }

  /** Takes down what a step gave. */
  function note(batch: LoopBatch, { losses, own, skipped, log: more }: LoopStep<Own>): void {
    const { sums } = progress;
    const regularizer = regularizerLoss(losses);
    progress = {
      ...progress,
      begun: true,
      offset: batch.end,
      own: own ?? progress.own,
      sums: {
        steps: sums.steps + 1,
        task: sums.task + losses.task,
        regularizer: sums.regularizer + regularizer,
      },
      skipped: skipped === undefined ? progress.skipped : { ...progress.skipped, ...skipped },
    };
    journal.record('step', state.step, { task: losses.task, regularizer, total: losses.total, ...more });
  }

  async function checkpoint(): Promise<void> {
    progress = { ...progress, seconds: elapsed() };
    const selected = selectedRecord();
    program.beforeSave?.();
    await saveCheckpoint(run, state.step, stateGroups(state), asJson(progress) as JsonObject, {
      journal,
      keep: selected === undefined ? [] : [selected.step],
    });
  }

  /** What the rule would report now; undefined while no trained epoch has a record. */
  function selectedRecord(): (LoopRecord & Measured) | undefined {
    const trained = progress.records.filter(({ epoch }) => epoch > 0);
    if (trained.length === 0) return undefined;
    const scores = trained.map((record) => {
      const score = program.score?.(record);
      return { epoch: record.epoch, ...(score === undefined ? {} : { sourceHeldOut: score }) };
    });
    const epoch = selectEpoch(scores, selection);
    return trained.find((record) => record.epoch === epoch);
  }

  async function finish(): Promise<Result> {
    const selected = selectedRecord();
    if (selected === undefined) throw new Error('No trained epoch was measured, so there is none to report.');
    const end = {
      records: progress.records,
      own: progress.own,
      skipped: progress.skipped,
      seconds: elapsed(),
    };
    if (selected.step === state.step) return program.finish({ ...end, selected, state });
    disposeTrainState(state);
    const earlier = await stateAt(selected.step);
    try {
      return await program.finish({ ...end, selected, state: earlier });
    } finally {
      disposeTrainState(earlier);
    }
  }

  async function stateAt(step: number): Promise<TrainState> {
    const { groups } = (await loadCheckpoint(run, { step, groups: ['params', 'regularizer'] }))!;
    return stateFromGroups(step, groups);
  }

  function show(said: string): void {
    bar.update(state.step, said);
    if (stop.exitCode !== undefined) leave(stop.exitCode);
  }

  function leave(exitCode: number): never {
    bar.stop();
    log(`saved after step ${state.step} in ${run.dir}; go on with --resume`);
    throw new ExitCode(exitCode);
  }
}

function regularizerLoss({ regularizers }: StepLosses): number {
  return Object.values(regularizers).reduce((sum, value) => sum + value, 0);
}

function asLine(record: object): JsonObject {
  return { ...record } as JsonObject;
}
