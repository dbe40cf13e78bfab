import {
  headOf,
  imagesFor,
  type Loaded,
  loaderFor,
  loadWeights,
  type Model,
  modelFrom,
  type SourceSplit,
  splitSource,
  type ToImages,
} from '@syn2real/app-visda17';
import type { ShapedHead } from '@syn2real/backbones';
import {
  createRng,
  disposeParams,
  type GroupRates,
  type Rng,
  type SourceDomain,
  sgd,
  type TargetDomain,
  UserError,
} from '@syn2real/core';
import {
  createDecodePool,
  hasTruth,
  type Loader,
  openImagenetValidation,
  openVisda17Source,
  openVisda17Target,
} from '@syn2real/datasets';
import { groupsOf, type StepParts, trainedGroups } from '@syn2real/trainer';
import { type Method, methodOf } from '../config/methods.js';
import type { Recipe, RunSettings } from '../config/train-options.js';
import type { Start } from '../init/open-init.js';
import { type MixedBatch, taskOf } from './task.js';

/** All that a run needs and that does not change while it trains. */
export interface Session {
  readonly rng: Rng;
  readonly method: Method;
  readonly model: Model;
  readonly head: ShapedHead;
  readonly weights: { readonly file: string; readonly sha256: string };
  readonly source: SourceDomain;
  readonly split: SourceSplit;
  readonly target: TargetDomain;
  /** Whether the target has labels that an oracle can read. */
  readonly targetHasTruth: boolean;
  /** Source images, then target images, in one list: image i of the target is `source.images.length + i`. */
  readonly loader: Loader;
  readonly toImages: ToImages;
  readonly retention?: Loaded<SourceDomain>;
  readonly parts: StepParts<MixedBatch>;
  /** Base learning rate by group; 0: frozen. */
  readonly base: GroupRates;
  /** Ends the threads and disposes every tensor that the session owns. */
  close(): Promise<void>;
}

/** Opens data and weights and puts the method together, before anything is written. */
export async function openSession(recipe: Recipe, start: Start, settings: RunSettings): Promise<Session> {
  const source = await openVisda17Source(recipe.data);
  const target = await openVisda17Target(recipe.data, { split: 'validation' });
  const weights = await loadWeights(start.weights, settings);
  const model = modelFrom(recipe.backbone, weights.tensors);
  const head = headOf(model, start.weights);
  const split = splitSource(source, recipe.sourceHeldOut, createRng(recipe.heldOutSeed).split('held-out'));
  checkSession(recipe, model, source, split);
  const old = recipe.retention === undefined ? undefined : await openImagenetValidation(recipe.retention);
  const method = methodOf(recipe);
  const pool = createDecodePool({ workers: settings.workers });
  const loaders = { cacheMb: settings.cacheMb, skipUnreadable: recipe.skipUnreadable };
  const all = { ...source, images: [...source.images, ...target.images] };
  const { groups, groupOf } = groupsOf(model.backbone, []);
  const base = baseRates(recipe, method, groups);
  const { momentum, weightDecay } = recipe;
  return {
    rng: createRng(recipe.seed),
    method,
    model,
    head,
    weights: { file: weights.file, sha256: weights.sha256 },
    source,
    split,
    target,
    targetHasTruth: await hasTruth(recipe.data, 'validation'),
    loader: loaderFor(all, model, pool, loaders),
    toImages: imagesFor(model),
    ...(old === undefined
      ? {}
      : {
          retention: {
            domain: old,
            loader: loaderFor(old, model, pool, { ...loaders, cacheMb: 0, oldTask: true }),
          },
        }),
    parts: {
      network: model.backbone,
      buffers: model.buffers,
      task: taskOf(method, head),
      optimizer: sgd(groupOf, { momentum, weightDecay, nesterov: momentum > 0 }),
      groupOf,
      trained: trainedGroups(base),
    },
    base,
    async close() {
      for (const owned of [model.params, model.buffers, model.old.params]) disposeParams(owned);
      await pool.close();
    },
  };
}

/** One rate for all, the backbone's times its factor; SHOT freezes the classifier. */
function baseRates({ lr, backboneFactor }: Recipe, { kind }: Method, groups: readonly string[]): GroupRates {
  const rate = (group: string): number => {
    if (group !== 'classifier') return lr * backboneFactor;
    return kind === 'shot' ? 0 : lr;
  };
  return Object.fromEntries(groups.map((group) => [group, rate(group)]));
}

function checkSession(
  { init, selection }: Recipe,
  { head }: Model,
  { classes }: SourceDomain,
  { heldOut, train }: SourceSplit,
): void {
  if (head?.classes !== undefined && head.classes !== classes.length) {
    throw new UserError({
      what: "the start's classifier is not of this data set",
      got: `${head.classes} classes in ${init}`,
      expected: `${classes.length} classes`,
      fix: 'start from a run on this data set, or name its folder by --data',
    });
  }
  if (train.length === 0) {
    throw new UserError({
      what: 'no source image is left to train on',
      fix: 'hold fewer out (--source-held-out)',
    });
  }
  if (selection === 'source-held-out' && heldOut.length === 0) {
    throw new UserError({
      what: '--selection source-held-out needs source images that are held out',
      got: 'none',
      fix: 'pass --source-held-out 0.05, or --selection last',
    });
  }
}
