import {
  cloneParams,
  constant,
  createRng,
  disposeParams,
  filterParams,
  fixedSgd,
  type GroupRates,
  type ParameterRegularizer,
  type Params,
  type Rng,
  type Schedule,
  type SourceDomain,
  sgd,
  type TargetDomain,
  UserError,
  warmupPolyFloor,
} from '@syn2real/core';
import {
  createDecodePool,
  createLoader,
  type DecodePool,
  hasTruth,
  type Loader,
  openFolderSource,
  openVisda17Source,
  openVisda17Target,
} from '@syn2real/datasets';
import {
  classification,
  groupsOf,
  type LabelledBatch,
  type StepParts,
  type Teacher,
  trainedGroups,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { type SourceSplit, splitSource } from '../data/held-out.js';
import { type Model, modelFrom, newHead } from '../model/load.js';
import { methodOf } from '../model/methods.js';
import { type LoadedWeights, loadWeights } from '../model/weights.js';

/** A data set with a loader for it. */
export interface Loaded<Domain> {
  readonly domain: Domain;
  readonly loader: Loader;
}

/** All that a run needs and that does not change while it trains. */
export interface Session {
  readonly rng: Rng;
  readonly source: Loaded<SourceDomain>;
  readonly split: SourceSplit;
  readonly target: Loaded<TargetDomain>;
  /** Whether the target split has labels that an oracle can read. */
  readonly targetHasTruth: boolean;
  readonly retention?: Loaded<SourceDomain>;
  /** The file that the weights came from. */
  readonly weights: Pick<LoadedWeights, 'file' | 'sha256'>;
  /** The frozen network; its `params` are the teacher's. */
  readonly model: Model;
  /** What is trained at the start: the backbone's tensors and the new head's, the student's own. */
  readonly initial: Params;
  /** What the parameter regularizers start from, by their names. */
  readonly regularizers: Readonly<Record<string, Params>>;
  readonly parts: StepParts<LabelledBatch>;
  readonly teacher: Teacher;
  /** Base learning rate by group; 0: frozen. */
  readonly base: GroupRates;
  readonly schedule: Schedule;
  /** Ends the threads and disposes every tensor that the session owns. */
  close(): Promise<void>;
}

/** Opens data and weights and puts the method together, before anything is written. */
export async function openSession(recipe: Recipe, settings: RunSettings): Promise<Session> {
  const sourceDomain = await openVisda17Source(recipe.data);
  const targetDomain = await openVisda17Target(recipe.data, { split: 'validation' });
  const retentionDomain =
    recipe.retention === undefined ? undefined : await openFolderSource(recipe.retention);
  const weights = await loadWeights(recipe.weights, settings);
  const frozen = modelFrom(recipe.backbone, withoutNewHead(weights.tensors));
  checkRetention(retentionDomain, frozen);

  const rng = createRng(recipe.seed);
  const head = newHead(recipe.head, frozen.backbone.channels.pool!, sourceDomain.classes.length);
  const model: Model = { ...frozen, head };
  const method = methodOf(recipe);
  const { groups, groupOf } = groupsOf(model.backbone, []);
  const base = baseRates(recipe, groups, method.groups);
  const sgdOptions = { momentum: recipe.momentum, weightDecay: recipe.weightDecay };
  const optimizer = recipe.optimizer === 'sgd' ? sgd(groupOf, sgdOptions) : fixedSgd(groupOf, sgdOptions);

  const split = splitSource(sourceDomain, recipe.sourceHeldOut, rng.split('held-out'));
  checkSplit(recipe, split);
  const initial = studentParams(model, rng.split('init'));
  const regularizers = await prepared(method.parameterRegularizers ?? [], model.params);

  const pool = createDecodePool({ workers: settings.workers });
  const load = <Domain extends SourceDomain | TargetDomain>(
    domain: Domain,
    cacheMb: number,
  ): Loaded<Domain> => ({
    domain,
    loader: loaderFor(domain, model, pool, { cacheMb, skipUnreadable: recipe.skipUnreadable }),
  });
  return {
    rng,
    source: load(sourceDomain, settings.cacheMb / 2),
    split,
    target: load(targetDomain, settings.cacheMb / 2),
    targetHasTruth: await hasTruth(recipe.data, 'validation'),
    ...(retentionDomain === undefined ? {} : { retention: load(retentionDomain, settings.cacheMb / 8) }),
    weights: { file: weights.file, sha256: weights.sha256 },
    model,
    initial,
    regularizers,
    parts: {
      network: model.backbone,
      buffers: model.buffers,
      task: classification(head),
      optimizer,
      groupOf,
      trained: trainedGroups(base),
      functionRegularizers: method.functionRegularizers ?? [],
      parameterRegularizers: method.parameterRegularizers ?? [],
      oldHead: model.old.apply,
    },
    teacher: {
      network: model.backbone,
      params: model.params,
      buffers: model.buffers,
      oldHead: model.old.apply,
      regularizers: method.functionRegularizers ?? [],
    },
    base,
    schedule: recipe.schedule === 'constant' ? constant : warmupPolyFloor({ warmup: recipe.warmup }),
    close: async () => {
      for (const owned of [
        model.params,
        model.buffers,
        model.old.params,
        initial,
        ...Object.values(regularizers),
      ]) {
        disposeParams(owned);
      }
      await pool.close();
    },
  };
}

/** Each regularizer's state before training, anchored at the pretrained backbone. */
async function prepared(
  regularizers: readonly ParameterRegularizer[],
  anchor: Params,
): Promise<Record<string, Params>> {
  const states: Record<string, Params> = {};
  for (const regularizer of regularizers) states[regularizer.name] = await regularizer.prepare(anchor);
  return states;
}

/** A loader with the backbone's own transform. */
export function loaderFor(
  domain: SourceDomain | TargetDomain,
  { backbone }: Model,
  pool: DecodePool,
  { cacheMb, skipUnreadable }: { cacheMb: number; skipUnreadable: boolean },
): Loader {
  const { resize, crop } = backbone.input;
  return createLoader({
    images: domain.images,
    transform: { resize, crop },
    workers: pool,
    cacheBytes: cacheMb * 2 ** 20,
    skipUnreadable,
  });
}

/** Own copies of the backbone's tensors beside a fresh head's; the frozen network keeps the originals. */
function studentParams({ params, head }: Model, rng: Rng): Params {
  return { ...cloneParams(params), ...head!.init(rng) };
}

function withoutNewHead(tensors: LoadedWeights['tensors']): LoadedWeights['tensors'] {
  return filterParams(tensors, (name) => !name.startsWith('fc_new.'));
}

function baseRates(
  { lr, backboneFactor, trainBlocks }: Recipe,
  groups: readonly string[],
  methodGroups: readonly string[] = groups,
): GroupRates {
  const wanted = trainBlocks === 'all' ? groups : trainBlocks.split(',').map((group) => group.trim());
  const unknown = wanted.filter((group) => !groups.includes(group));
  if (unknown.length > 0) {
    throw new UserError({
      what: `--train-blocks names ${unknown.length === 1 ? 'a group' : 'groups'} that this network does not have`,
      got: unknown.join(', '),
      expected: `all, or some of ${groups.join(', ')}`,
    });
  }
  const rate = (group: string): number => {
    if (!wanted.includes(group) || !methodGroups.includes(group)) return 0;
    return group === 'classifier' ? lr : lr * backboneFactor;
  };
  const rates = Object.fromEntries(groups.map((group) => [group, rate(group)]));
  if (trainedGroups(rates).length > 0) return rates;
  throw new UserError({
    what: 'no group of the network is trained',
    got: `--train-blocks ${trainBlocks} with --backbone-factor ${backboneFactor}`,
    fix: 'train at least the classifier',
  });
}

function checkSplit({ selection, sourceHeldOut }: Recipe, { train, heldOut }: SourceSplit): void {
  if (train.length === 0) {
    throw new UserError({
      what: 'no source image is left to train on',
      got: `--source-held-out ${sourceHeldOut} of ${heldOut.length} images`,
      fix: 'hold fewer out',
    });
  }
  if (selection !== 'source-held-out' || heldOut.length > 0) return;
  throw new UserError({
    what: '--selection source-held-out needs source images that are held out',
    got: `--source-held-out ${sourceHeldOut}, which keeps none of ${train.length} images`,
    fix: 'pass --source-held-out 0.05, or --selection last',
  });
}

function checkRetention(retention: SourceDomain | undefined, { old }: Model): void {
  if (retention === undefined || retention.classes.length === old.head.classes) return;
  throw new UserError({
    what: 'the retention images do not belong to the old task of these weights',
    got: `${retention.classes.length} class folders`,
    expected: `${old.head.classes}, as the old classifier has`,
    fix: 'pass the folder that holds one folder per class of the pretraining task',
  });
}
