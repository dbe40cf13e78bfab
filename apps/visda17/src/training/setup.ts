import {
  cloneParams,
  constant,
  createRng,
  disposeParams,
  filterParams,
  fixedSgd,
  type GroupRates,
  type Params,
  type Rng,
  type Schedule,
  type SourceDomain,
  sgd,
  UserError,
  warmupPolyFloor,
} from '@syn2real/core';
import {
  createDecodePool,
  type DecodePool,
  openImagenetValidation,
  openVisda17Source,
} from '@syn2real/datasets';
import {
  classification,
  groupsOf,
  type LabelledBatch,
  type StepParts,
  stepsPerEpoch,
  type Teacher,
  trainedGroups,
} from '@syn2real/trainer';
import type { RunSettings } from '../config/train-options.js';
import { type SourceSplit, splitSource } from '../data/held-out.js';
import { featuresOf } from '../model/forward.js';
import { type Model, modelFrom, newHead } from '../model/load.js';
import { methodOf } from '../model/methods.js';
import { type LoadedWeights, loadWeights } from '../model/weights.js';
import { baseRates } from './base-rates.js';
import { checkRetention } from './check-retention.js';
import { importanceSamples } from './importance-samples.js';
import { type Loaded, loaderFor } from './loaded.js';
import { preparedStates } from './prepared-states.js';
import type { SetupRecipe } from './setup-recipe.js';

/** What is trained, on what, and how: all that does not change while it trains. Nothing of the target. */
export interface Setup {
  readonly rng: Rng;
  readonly source: Loaded<SourceDomain>;
  readonly split: SourceSplit;
  /** Images of the old task. */
  readonly retention?: Loaded<SourceDomain>;
  /** The file that the weights came from. */
  readonly weights: Pick<LoadedWeights, 'file' | 'sha256'>;
  /** The frozen network; its `params` are the teacher's. */
  readonly model: Model;
  /** The groups' names, input side first, the classifier last. */
  readonly groups: readonly string[];
  readonly parts: StepParts<LabelledBatch>;
  readonly teacher: Teacher;
  /** Base learning rate by group; 0: frozen. */
  readonly base: GroupRates;
  readonly schedule: Schedule;
  readonly pool: DecodePool;
  /** What is trained, at its start: the pretrained backbone beside a fresh head. The caller's own. */
  fresh(rng: Rng): Params;
  /** Each parameter regularizer's state before training, anchored at the pretrained backbone. The caller's own. */
  prepareRegularizers(): Promise<Record<string, Params>>;
  /** Ends the threads and disposes every tensor that the setup owns. */
  close(): Promise<void>;
}

/** What of the settings opens data and weights. */
export type SetupSettings = Pick<RunSettings, 'workers' | 'cacheMb' | 'offline'>;

/** Opens source data and weights and puts the method together, before anything is written. */
export async function openSetup(recipe: SetupRecipe, settings: SetupSettings): Promise<Setup> {
  const domain = await openVisda17Source(recipe.data);
  const old = recipe.retention === undefined ? undefined : await openImagenetValidation(recipe.retention);
  const weights = await loadWeights(recipe.weights, settings);
  const frozen = modelFrom(recipe.backbone, withoutNewHead(weights.tensors));
  checkRetention(old, frozen);
  const rng = createRng(recipe.seed);
  const head = newHead(recipe.head, frozen.backbone.channels.pool!, domain.classes.length);
  const model: Model = { ...frozen, head };
  const split = splitSource(domain, recipe.sourceHeldOut, rng.split('held-out'));
  checkSplit(recipe, split);
  const method = methodOf(recipe, {
    oldLogits: (params, images) => model.old.apply(featuresOf(model, params, images, ['pool']).pool!),
    start: model.params,
    stepsPerEpoch: stepsPerEpoch(split.train.length, recipe.batchSize),
  });
  const { groups, groupOf } = groupsOf(model.backbone, []);
  const base = baseRates(recipe, groups, method.groups);
  const sgdOptions = { momentum: recipe.momentum, weightDecay: recipe.weightDecay };
  const optimizer = recipe.optimizer === 'sgd' ? sgd(groupOf, sgdOptions) : fixedSgd(groupOf, sgdOptions);

  const pool = createDecodePool({ workers: settings.workers });
  const { skipUnreadable } = recipe;
  const source: Loaded<SourceDomain> = {
    domain,
    loader: loaderFor(domain, model, pool, { cacheMb: settings.cacheMb / 2, skipUnreadable }),
  };
  const retention: Loaded<SourceDomain> | undefined = old && {
    domain: old,
    loader: loaderFor(old, model, pool, { cacheMb: settings.cacheMb / 8, skipUnreadable, oldTask: true }),
  };
  const functionRegularizers = method.functionRegularizers ?? [];
  const parameterRegularizers = method.parameterRegularizers ?? [];
  const frozenParts = { network: model.backbone, buffers: model.buffers, oldHead: model.old.apply };
  return {
    rng,
    source,
    split,
    ...(retention === undefined ? {} : { retention }),
    weights: { file: weights.file, sha256: weights.sha256 },
    model,
    groups,
    parts: {
      ...frozenParts,
      task: classification(head),
      optimizer,
      groupOf,
      trained: trainedGroups(base),
      functionRegularizers,
      parameterRegularizers,
    },
    teacher: { ...frozenParts, params: model.params, regularizers: functionRegularizers },
    base,
    schedule: recipe.schedule === 'constant' ? constant : warmupPolyFloor({ warmup: recipe.warmup }),
    pool,
    fresh: (stream) => ({ ...cloneParams(model.params), ...head.init(stream) }),
    prepareRegularizers: () =>
      preparedStates(parameterRegularizers, model.params, () =>
        importanceSamples(recipe, model, { source, split, retention }, rng.split('importance')),
      ),
    async close() {
      for (const owned of [model.params, model.buffers, model.old.params]) disposeParams(owned);
      await pool.close();
    },
  };
}

function withoutNewHead(tensors: LoadedWeights['tensors']): LoadedWeights['tensors'] {
  return filterParams(tensors, (name) => !name.startsWith('fc_new.'));
}

function checkSplit({ sourceHeldOut }: SetupRecipe, { train, heldOut }: SourceSplit): void {
  if (train.length > 0) return;
  throw new UserError({
    what: 'no source image is left to train on',
    got: `--source-held-out ${sourceHeldOut} of ${heldOut.length} images`,
    fix: 'hold fewer out',
  });
}
