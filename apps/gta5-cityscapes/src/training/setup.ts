import {
  baseRates,
  checkRetention,
  type Loaded,
  loaderFor,
  loadWeights,
  preparedStates,
} from '@syn2real/app-visda17';
import {
  cloneParams,
  constant,
  createRng,
  type DenseSourceDomain,
  fixedSgd,
  type GroupRates,
  type Params,
  type Rng,
  type Schedule,
  type SourceDomain,
  sgd,
  type TargetDomain,
  warmupPolyFloor,
} from '@syn2real/core';
import { createDecodePool, type DecodePool, type DenseLoader } from '@syn2real/datasets';
import {
  groupsOf,
  type LabelledBatch,
  type StepParts,
  segmentation,
  stepsPerEpoch,
  type Teacher,
  trainedGroups,
} from '@syn2real/trainer';
import type { RunSettings } from '../config/train-options.js';
import { openData } from '../data/open-data.js';
import { trainingLoader } from '../data/training-loader.js';
import {
  disposeSegmenter,
  oldTaskModel,
  type Segmenter,
  segmenterFrom,
  withoutDenseHead,
} from '../model/load.js';
import { methodOf } from '../model/methods.js';
import { importanceSamples } from './importance-samples.js';
import type { SetupRecipe } from './setup-recipe.js';

/** What is trained, on what, and how: all that does not change while it trains. */
export interface Setup {
  readonly rng: Rng;
  readonly source: { readonly domain: DenseSourceDomain; readonly loader: DenseLoader };
  /** Source images to measure on. */
  readonly heldOut?: DenseSourceDomain;
  readonly target?: TargetDomain;
  /** Images of the old task. */
  readonly retention?: Loaded<SourceDomain>;
  /** The file that the weights came from. */
  readonly weights: { readonly file: string; readonly sha256: string };
  /** The frozen network; its `params` are the teacher's. */
  readonly model: Segmenter;
  /** The groups' names, input side first, the score layers last. */
  readonly groups: readonly string[];
  readonly parts: StepParts<LabelledBatch>;
  readonly teacher: Teacher;
  /** Base learning rate by group; 0: frozen. */
  readonly base: GroupRates;
  readonly schedule: Schedule;
  readonly stepsPerEpoch: number;
  readonly pool: DecodePool;
  /** Images and labels that were left out, by path, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
  /** Notes an image that is left out. */
  readonly onSkip: (skipped: { path: string; reason: string }) => void;
  /** What is trained, at its start: the pretrained backbone beside a fresh head. The caller's own. */
  fresh(rng: Rng): Params;
  /** Each parameter regularizer's state before training, anchored at the pretrained backbone. The caller's own. */
  prepareRegularizers(): Promise<Record<string, Params>>;
  /** Ends the threads and disposes every tensor that the setup owns. */
  close(): Promise<void>;
}

/** Opens data and weights and puts the method together, before anything is written. */
export async function openSetup(
  recipe: SetupRecipe,
  settings: Pick<RunSettings, 'workers' | 'offline'>,
): Promise<Setup> {
  const skipped: Record<string, string> = {};
  const onSkip = ({ path, reason }: { path: string; reason: string }): void => {
    skipped[path] = reason;
  };
  const data = await openData(recipe, onSkip);
  const { source, heldOut, target } = data;
  const weights = await loadWeights(recipe.weights, settings);
  const model = segmenterFrom(recipe, withoutDenseHead(recipe, weights.tensors), source.classes.length);
  const { backbone, head } = model.fcn;
  const oldTask = oldTaskModel(model);
  const rng = createRng(recipe.seed);
  checkRetention(data.retention, oldTask);
  const iterations = stepsPerEpoch(recipe.draws ?? source.images.length, recipe.batchSize);
  const method = methodOf(recipe, {
    map: backbone.map,
    oldLogits: (params, images) =>
      model.old.apply(model.oldTask.apply(params, model.buffers, images, ['pool']).pool!),
    start: model.params,
    stepsPerEpoch: iterations,
  });
  const { groups, groupOf } = groupsOf(backbone, []);
  const base = baseRates(recipe, groups, method.groups);
  const sgdOptions = { momentum: recipe.momentum, weightDecay: recipe.weightDecay };
  const optimizer = recipe.optimizer === 'sgd' ? sgd(groupOf, sgdOptions) : fixedSgd(groupOf, sgdOptions);

  const pool = createDecodePool({ workers: settings.workers });
  const loader = trainingLoader(source, recipe, backbone.input, { pool, onSkip });
  const retention: Loaded<SourceDomain> | undefined = data.retention && {
    domain: data.retention,
    loader: loaderFor(data.retention, oldTask, pool, {
      cacheMb: 64,
      skipUnreadable: recipe.skipUnreadable,
      oldTask: true,
    }),
  };
  const functionRegularizers = method.functionRegularizers ?? [];
  const parameterRegularizers = method.parameterRegularizers ?? [];
  const frozenParts = { network: backbone, buffers: model.buffers, oldHead: model.old.apply };
  return {
    rng,
    source: { domain: source, loader },
    ...(heldOut === undefined ? {} : { heldOut }),
    ...(target === undefined ? {} : { target }),
    ...(retention === undefined ? {} : { retention }),
    weights: { file: weights.file, sha256: weights.sha256 },
    model,
    groups,
    parts: {
      ...frozenParts,
      task: segmentation(head),
      optimizer,
      groupOf,
      trained: trainedGroups(base),
      functionRegularizers,
      parameterRegularizers,
    },
    teacher: { ...frozenParts, params: model.params, regularizers: functionRegularizers },
    base,
    schedule: recipe.schedule === 'constant' ? constant : warmupPolyFloor({ warmup: recipe.warmup }),
    stepsPerEpoch: iterations,
    pool,
    skipped,
    onSkip,
    fresh: (stream) => ({ ...cloneParams(model.params), ...head.init(stream) }),
    prepareRegularizers: () =>
      preparedStates(parameterRegularizers, model.params, () =>
        importanceSamples(
          recipe,
          oldTask,
          { source: { domain: source, loader }, retention },
          rng.split('importance'),
        ),
      ),
    async close() {
      disposeSegmenter(model);
      await loader.close();
      await pool.close();
    },
  };
}
