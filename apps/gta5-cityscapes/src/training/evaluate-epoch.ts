import { distances, type FrozenScores } from '@syn2real/app-visda17';
import type { DenseOracle, ImageRef, Params } from '@syn2real/core';
import { openReading } from '@syn2real/datasets';
import type { Recipe } from '../config/train-options.js';
import { retained, retainedByFrozen } from '../evaluation/retention.js';
import { scoreImages } from '../evaluation/score-images.js';
import { oldTaskModel } from '../model/load.js';
import type { Measured } from './records.js';
import type { Session } from './session.js';

/** How an epoch is measured. */
export interface EvaluationOptions {
  /** Images of the old task in a forward pass. */
  batchSize: number;
  /** What the frozen network says of the old task; undefined: there are no images of it. */
  frozen?: FrozenScores;
  /** Before training: the old task is as the frozen network has it, and the score layers are new. */
  untrained: boolean;
  /** Absent: the target is not measured. */
  oracle?: DenseOracle;
  purpose: string;
  /** What is measured, and how far. */
  onProgress: (note: string) => void;
}

/** Measures parameters on held-out source images, on the old task and, through the oracle, on the target. */
export async function evaluateEpoch(
  recipe: Recipe,
  session: Session,
  params: Params,
  { batchSize, frozen, untrained, oracle, purpose, onProgress }: EvaluationOptions,
): Promise<Measured> {
  const { model, heldOut, target, retention, pool, onSkip } = session;
  const { skipUnreadable } = recipe;
  const measured: Measured = {
    distance: await distances(params, model.params, model.fcn.backbone.groupOf),
  };
  if (retention !== undefined && frozen !== undefined) {
    let done = 0;
    measured.retention = untrained
      ? retainedByFrozen(retention.domain, frozen)
      : await retained(oldTaskModel(model), params, retention, frozen, {
          batchSize,
          onBatch: (images) => {
            done += images;
            onProgress(`retention ${done}/${retention.domain.images.length}`);
          },
        });
  }
  if (untrained) return measured;
  const options = (what: string, { length }: readonly ImageRef[]) => ({
    model,
    params,
    cutting: recipe,
    pool,
    skipUnreadable,
    onSkip,
    onImage: (done: number) => onProgress(`${what} ${done}/${length}`),
  });
  if (heldOut !== undefined) {
    const resized: string[] = [];
    let images = 0;
    const reading = openReading(heldOut, {
      skipUnreadable,
      onSkip,
      onResize: ({ path }) => resized.push(path),
      onFinish: (counted) => {
        images = counted;
      },
    });
    const scores = await scoreImages(heldOut.images, reading, options('source', heldOut.images));
    measured.source = { ...scores, images, heldOut: true, ...(resized.length > 0 ? { resized } : {}) };
  }
  if (oracle !== undefined && target !== undefined) {
    measured.target = await scoreImages(
      target.images,
      oracle.open(purpose),
      options('target', target.images),
    );
  }
  return measured;
}
