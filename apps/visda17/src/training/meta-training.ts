import { join } from 'node:path';
import { breathe, ExitCode } from '@syn2real/cli';
import {
  cloneParams,
  disposeParams,
  type GroupRates,
  type Params,
  type Rng,
  type Schedule,
} from '@syn2real/core';
import {
  createMetaTrainer,
  type MetaPlainState,
  type MetaState,
  type MetaStep,
  releaseMetaState,
} from '@syn2real/l2o';
import {
  asJson,
  createProgress,
  disposeTrainState,
  groupRates,
  initTrainState,
  type JsonObject,
  type OpenRun,
  type StepParts,
  type StepResult,
  saveCheckpoint,
  stateFromGroups,
  stateGroups,
  type TrainState,
  writeSummary,
} from '@syn2real/trainer';
import type { MetaRecipe } from '../config/meta-options.js';
import { writePolicy } from '../model/policy-file.js';
import type { Observer } from './observe.js';
import type { TrainIo } from './train-io.js';

/** summary.json of a policy's training. */
export interface PolicySummary {
  kind: 'policy';
  /** The policy's file, in the run's folder. */
  policy: string;
  seed: number;
  episodes: number;
  decisions: number;
  updates: number;
  seconds: number;
  skipped: Readonly<Record<string, string>>;
  fingerprint: string;
}

/** What a checkpoint keeps as JSON beside the tensors. */
interface PolicyProgress {
  /** Place in the epoch's order where the next batch begins. */
  readonly offset: number;
  readonly meta: MetaPlainState;
  readonly skipped: Record<string, string>;
  readonly seconds: number;
}

/** Name of the policy's file in the run's folder. */
export const POLICY_FILE = 'policy.safetensors';

/** What is trained anew in each episode. */
export interface Optimizee<Batch extends { readonly end: number }> {
  readonly rng: Rng;
  /** The groups' names, input side first, the classifier last. */
  readonly groups: readonly string[];
  /** Base learning rate by group. */
  readonly base: GroupRates;
  readonly schedule: Schedule;
  readonly parts: Pick<StepParts, 'optimizer'>;
  /** Images of an epoch. */
  readonly epochLength: number;
  readonly stepsPerEpoch: number;
  /** What the policy looks at. */
  readonly observer: Observer;
  /** What is trained, at its start. The caller's own. */
  fresh(rng: Rng): Params;
  /** Each parameter regularizer's state before training. The caller's own. */
  prepareRegularizers(): Promise<Record<string, Params>>;
  /** The epoch's batches from a place of its order on; a function of seed, epoch and place alone. */
  batches(epoch: number, start: number): AsyncIterable<Batch>;
  step(state: TrainState, batch: Batch, rates: GroupRates): Promise<StepResult>;
  /** A batch's unreadable images by path, with the reason. */
  skippedIn(batch: Batch): Record<string, string> | undefined;
}

/** How meta-training goes. */
export interface MetaTrainingOptions {
  readonly recipe: MetaRecipe;
  readonly checkpointEvery: number;
  /** A policy to go on from; used up. Default: a fresh one. */
  readonly start?: Params;
}

/**
 * Meta-training: episodes of ordinary training, each from the pretrained network anew, in which the policy sets every
 * group's rate and learns from the drop of the source's training loss.
 *
 * Killed at any step, in the middle of a window too, and resumed, it gives the same bits as if it had never been stopped.
 *
 * @param folder its checkpoint is used up; the caller closes its journal
 * @see ASG algorithm 1
 */
export async function runMetaTraining<Batch extends { readonly end: number }>(
  optimizee: Optimizee<Batch>,
  { run, journal, checkpoint }: OpenRun,
  io: TrainIo,
  { recipe, checkpointEvery, start }: MetaTrainingOptions,
): Promise<PolicySummary> {
  const began = Date.now();
  const { rng, groups, base, schedule, observer, stepsPerEpoch: perEpoch } = optimizee;
  const total = perEpoch * recipe.epochs;
  const trainer = createMetaTrainer(metaOptions(recipe, groups, perEpoch));
  const saved = checkpoint?.state as unknown as PolicyProgress | undefined;
  let meta: MetaState =
    checkpoint === undefined
      ? trainer.init(rng.split('policy'), start)
      : {
          policy: checkpoint.groups.policy!,
          optimizer: checkpoint.groups['policy-optimizer']!,
          plain: saved!.meta,
        };
  let network: TrainState | undefined =
    checkpoint === undefined ? undefined : stateFromGroups(episodeStep(meta), checkpoint.groups);
  let { offset, skipped } = saved ?? { offset: 0, skipped: {} };
  let regularizers: Record<string, Params> | undefined;
  const stepsDone = (): number =>
    Math.min(total, meta.plain.episode * recipe.earlyStop * perEpoch + episodeStep(meta));
  const elapsed = (): number => (saved?.seconds ?? 0) + (Date.now() - began) / 1000;
  const bar = createProgress(io.stream, { total, label: io.label, start: stepsDone() });

  try {
    while (!meta.plain.done) await trainEpoch(Math.floor(stepsDone() / perEpoch));
    bar.stop();
    return await finish();
  } finally {
    bar.stop();
    if (network !== undefined) disposeTrainState(network);
    for (const tensors of Object.values(regularizers ?? {})) disposeParams(tensors);
    for (const tensors of [meta.policy, meta.optimizer]) disposeParams(tensors);
  }

  async function trainEpoch(epoch: number): Promise<void> {
    for await (const batch of optimizee.batches(epoch, offset)) {
      await trainBatch(batch);
      if (offset === optimizee.epochLength) offset = 0;
      const done = stepsDone();
      if (done % checkpointEvery === 0 || offset === 0 || io.stop.exitCode !== undefined) {
        await save();
      }
      if (io.stop.exitCode !== undefined) {
        bar.stop();
        io.log(`saved after step ${done} in ${io.dir}; go on with --resume`);
        throw new ExitCode(io.stop.exitCode);
      }
    }
  }

  async function trainBatch(batch: Batch): Promise<void> {
    await breathe();
    if (trainer.needsReset(meta)) await startAfresh();
    const { episode, loop } = meta.plain;
    const rates = groupRates(base, schedule(loop.iteration, perEpoch * recipe.earlyStop), loop.scales);
    const result = await optimizee.step(network!, batch, rates);
    network = result.state;
    const recorded = trainer.record(meta, observer.statistics(result));
    releaseMetaState(meta, recorded.state);
    meta = recorded.state;
    offset = batch.end;
    skipped = { ...skipped, ...optimizee.skippedIn(batch) };
    logStep(recorded);
    bar.update(stepsDone(), `episode ${episode + 1}, loss ${result.losses.total.toFixed(3)}`);
  }

  async function startAfresh(): Promise<void> {
    const { episode } = meta.plain;
    regularizers ??= await optimizee.prepareRegularizers();
    if (network !== undefined) disposeTrainState(network);
    const own = Object.entries(regularizers).map(([name, tensors]) => [name, cloneParams(tensors)]);
    const params = optimizee.fresh(rng.split('init').split(episode));
    network = initTrainState(optimizee.parts, params, Object.fromEntries(own));
  }

  function logStep({ window, reward, update, decision }: MetaStep): void {
    const at = stepsDone();
    const log = (kind: string, fields: object): void => {
      journal.record(kind, at, asJson(fields) as JsonObject);
    };
    if (window !== undefined) log('window', reward === undefined ? window : { ...window, reward });
    if (update !== undefined) log('update', { index: meta.plain.updates, ...update });
    if (decision !== undefined) log('decision', decision);
  }

  async function save(): Promise<void> {
    const { policy, optimizer, plain } = meta;
    const progress: PolicyProgress = { offset, meta: plain, skipped, seconds: elapsed() };
    const tensors = { ...stateGroups(network!), policy, 'policy-optimizer': optimizer };
    await saveCheckpoint(run, stepsDone(), tensors, asJson(progress) as JsonObject, {
      journal,
      requireFinite: ['params', 'policy'],
    });
  }

  async function finish(): Promise<PolicySummary> {
    await writePolicy(join(io.dir, POLICY_FILE), meta.policy);
    const { episode, decisions, updates } = meta.plain;
    const summary: PolicySummary = {
      kind: 'policy',
      policy: POLICY_FILE,
      seed: recipe.seed,
      episodes: episode,
      decisions,
      updates,
      seconds: elapsed(),
      skipped,
      fingerprint: run.fingerprint.sha256,
    };
    writeSummary(run, asJson(summary) as JsonObject);
    return summary;
  }
}

/** Steps of the episode under way. */
function episodeStep({ plain }: MetaState): number {
  return plain.done ? 0 : plain.loop.iteration;
}

function metaOptions(recipe: MetaRecipe, groups: readonly string[], iterationsPerEpoch: number) {
  const { epochs, earlyStop, rollout, gamma, rewardWindow, rewardScale, normalizeRewards } = recipe;
  const { baseline, baselineDecay, entropyBonus, maxGradNorm } = recipe;
  return {
    groups,
    iterationsPerEpoch,
    epochs,
    earlyStop,
    rollout,
    gamma,
    rewardWindow,
    rewardScale,
    normalizeRewards,
    baseline,
    baselineDecay,
    entropyBonus,
    ...(maxGradNorm === undefined ? {} : { maxGradNorm }),
    learningRate: recipe.policyLr,
    momentum: recipe.policyMomentum,
    form: recipe.reinforce,
    progress: recipe.metaProgress,
    carryHidden: recipe.policyHidden === 'carried',
    window: { growth: recipe.windowGrowth, minimum: recipe.windowMin, shrink: recipe.windowShrink },
  };
}
