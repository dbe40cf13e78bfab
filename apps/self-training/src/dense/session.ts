import { disposeSegmenter, type Segmenter, segmenterFrom } from '@syn2real/app-gta5-cityscapes';
import { loadWeights } from '@syn2real/app-visda17';
import {
  createRng,
  type DenseSourceDomain,
  type GroupRates,
  type Rng,
  sgd,
  type TargetDomain,
  UserError,
} from '@syn2real/core';
import { createDecodePool, type DecodePool, openCityscapesTarget, openGta5Source } from '@syn2real/datasets';
import { groupsOf, type StepParts, trainedGroups } from '@syn2real/trainer';
import { type Method, methodOf } from '../config/methods.js';
import type { RunSettings } from '../config/train-options.js';
import type { DenseRecipe } from './options.js';
import { type DenseMixedBatch, denseTaskOf } from './task.js';

/** All that a run of segmentation needs and that does not change while it trains. */
export interface DenseSession {
  readonly rng: Rng;
  readonly method: Method;
  readonly model: Segmenter;
  readonly weights: { readonly file: string; readonly sha256: string };
  readonly source: DenseSourceDomain;
  readonly heldOut?: DenseSourceDomain;
  /** The images that are adapted to, and those that are measured. */
  readonly target: TargetDomain;
  readonly measured: TargetDomain;
  readonly parts: StepParts<DenseMixedBatch>;
  readonly base: GroupRates;
  readonly pool: DecodePool;
  /** Images that were left out, by path, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly onSkip: (skipped: { path: string; reason: string }) => void;
  close(): Promise<void>;
}

/** Opens data and weights and puts the method together, before anything is written. */
export async function openDenseSession(
  recipe: DenseRecipe,
  weightsOf: string,
  settings: Pick<RunSettings, 'workers' | 'offline'>,
): Promise<DenseSession> {
  const skipped: Record<string, string> = {};
  const onSkip = ({ path, reason }: { path: string; reason: string }): void => {
    skipped[path] = reason;
  };
  const { sourceLabels: labelValues, skipUnreadable, sourceList: list } = recipe;
  const pairing = { labelValues, skipUnreadable, onSkip };
  const source = await openGta5Source(recipe.source, { ...pairing, ...(list === undefined ? {} : { list }) });
  const heldOut =
    recipe.sourceHeldOut === 0
      ? undefined
      : firstOf(await openGta5Source(recipe.source, { ...pairing, split: 'val' }), recipe.sourceHeldOut);
  const target = await openCityscapesTarget(recipe.target, { split: recipe.adaptSplit });
  const measured = await openCityscapesTarget(recipe.target, { split: recipe.measureSplit });
  const weights = await loadWeights(weightsOf, settings);
  const model = segmenterFrom(recipe, weights.tensors, source.classes.length);
  if (!model.trained) {
    disposeSegmenter(model);
    throw new UserError({
      what: 'the start has no score layers',
      got: weightsOf,
      expected: 'a network that was trained to tell pixels apart',
      fix: 'start from a run of gta5-cityscapes',
    });
  }
  const { groups, groupOf } = groupsOf(model.fcn.backbone, []);
  const { lr, backboneFactor, momentum, weightDecay } = recipe;
  const base = Object.fromEntries(
    groups.map((group) => [group, group === 'classifier' ? lr : lr * backboneFactor]),
  );
  const method = methodOf(recipe);
  const pool = createDecodePool({ workers: settings.workers });
  return {
    rng: createRng(recipe.seed),
    method,
    model,
    weights: { file: weights.file, sha256: weights.sha256 },
    source,
    ...(heldOut === undefined ? {} : { heldOut }),
    target,
    measured,
    parts: {
      network: model.fcn.backbone,
      buffers: model.buffers,
      task: denseTaskOf(model.fcn.head, method.kind === 'crst' ? method.regularisers : []),
      optimizer: sgd(groupOf, { momentum, weightDecay }),
      groupOf,
      trained: trainedGroups(base),
    },
    base,
    pool,
    skipped,
    onSkip,
    async close() {
      disposeSegmenter(model);
      await pool.close();
    },
  };
}

/** At most `limit` of a source's images, evenly spread over its list. */
function firstOf(source: DenseSourceDomain, limit: number): DenseSourceDomain {
  const { length } = source.images;
  if (length <= limit) return source;
  const places = Array.from({ length: limit }, (_, i) => Math.floor(((i + 0.5) * length) / limit));
  return {
    ...source,
    images: places.map((place) => source.images[place]!),
    labels: places.map((place) => source.labels[place]!),
    fingerprint: `${source.fingerprint}/${limit}`,
  };
}
