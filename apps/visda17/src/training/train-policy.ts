import { join } from 'node:path';
import { breathe, ExitCode } from '@syn2real/cli';
import { cloneParams, disposeParams, type Params } from '@syn2real/core';
import { epochOrder, type ImageBatch } from '@syn2real/datasets';
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
  openRunFolder,
  saveCheckpoint,
  selectBackend,
  stateFromGroups,
  stateGroups,
  stepsPerEpoch,
  type TrainState,
  writeSummary,
} from '@syn2real/trainer';
import type { PolicyRecipe, PolicyRunSettings } from '../config/policy-options.js';
import { loadPolicy, writePolicy } from '../model/policy-file.js';
import { observerOf } from './observe.js';
import { PACKAGES } from './run-folder.js';
import { openSetup, type Setup } from './setup.js';
import { createStepper, skippedIn } from './stepper.js';
import type { TrainIo } from './train.js';

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

/**
 * Meta-training: episodes of ordinary training, each from the pretrained network anew, in which the policy sets every
 * group's rate and learns from the drop of the source's training loss. Nothing of the target is opened.
 *
 * Killed at any step, in the middle of a window too, and resumed, it gives the same bits as if it had never been stopped.
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
      return await runMetaTraining(recipe, settings, io, setup, folder, start?.params);
    } finally {
      folder.journal.close();
      if (folder.checkpoint !== undefined) disposeParams(start?.params ?? {});
    }
  } finally {
    await setup.close();
  }
}

async function runMetaTraining(
  recipe: PolicyRecipe,
  settings: PolicyRunSettings,
  io: TrainIo,
  setup: Setup,
  { run, journal, checkpoint }: OpenRun,
  start: Params | undefined,
): Promise<PolicySummary> {
  const began = Date.now();
  const { split, source, rng, groups, base, schedule } = setup;
  const perEpoch = stepsPerEpoch(split.train.length, recipe.batchSize);
  const total = perEpoch * recipe.epochs;
  const trainer = createMetaTrainer(metaOptions(recipe, groups, perEpoch));
  const observer = observerOf({
    groups,
    groupOf: setup.parts.groupOf,
    classifier: recipe.observeClassifier,
    functionRegularizers: (setup.parts.functionRegularizers ?? []).map(({ name }) => name),
    norms: false,
  });
  const step = createStepper(setup, settings, observer);
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
    const order = epochOrder(split.train.length, rng.split('shuffle'), epoch).map((i) => split.train[i]!);
    for await (const batch of source.loader.batches(order, { batchSize: recipe.batchSize, start: offset })) {
      await trainBatch(batch);
      if (offset === order.length) offset = 0;
      const done = stepsDone();
      if (done % settings.checkpointEvery === 0 || offset === 0 || io.stop.exitCode !== undefined) {
        await save();
      }
      if (io.stop.exitCode !== undefined) {
        bar.stop();
        io.log(`saved after step ${done} in ${io.dir}; go on with --resume`);
        throw new ExitCode(io.stop.exitCode);
      }
    }
  }

  async function trainBatch(batch: ImageBatch): Promise<void> {
    await breathe();
    if (trainer.needsReset(meta)) await startAfresh();
    const { episode, loop } = meta.plain;
    const rates = groupRates(base, schedule(loop.iteration, perEpoch * recipe.earlyStop), loop.scales);
    const result = await step(network!, batch, rates);
    network = result.state;
    const recorded = trainer.record(meta, observer.statistics(result));
    releaseMetaState(meta, recorded.state);
    meta = recorded.state;
    offset = batch.end;
    skipped = { ...skipped, ...skippedIn(batch, setup) };
    logStep(recorded);
    bar.update(stepsDone(), `episode ${episode + 1}, loss ${result.losses.total.toFixed(3)}`);
  }

  async function startAfresh(): Promise<void> {
    const { episode } = meta.plain;
    regularizers ??= await setup.prepareRegularizers();
    if (network !== undefined) disposeTrainState(network);
    const own = Object.entries(regularizers).map(([name, tensors]) => [name, cloneParams(tensors)]);
    const params = setup.fresh(rng.split('init').split(episode));
    network = initTrainState(setup.parts, params, Object.fromEntries(own));
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

function metaOptions(recipe: PolicyRecipe, groups: readonly string[], iterationsPerEpoch: number) {
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
