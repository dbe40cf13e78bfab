import {
  centroidLabels,
  oneHotLabels,
  type PseudoLabels,
  type Rounds,
  type RoundsState,
  rounds,
  shareOfRound,
  sourceSubset,
} from '@syn2real/self-training';
import { roundsOf } from '../config/methods.js';
import type { Recipe } from '../config/train-options.js';
import type { TargetPredictions } from './predict-target.js';
import { readRoundLabels, writeRoundLabels } from './round-labels.js';
import type { Session } from './session.js';

/** A round under way: what it trains on. */
export interface Round {
  readonly round: number;
  readonly labels: PseudoLabels;
  /** `[target, classes]`: the labels as rows; zeros where there is none. */
  readonly rows: Float32Array;
  /** Places in the joint list of images that an epoch of the round visits, in ascending order. */
  readonly images: Int32Array;
}

/** The driver of a session's rounds; each method has its own choice of labels. */
export function driverOf(recipe: Recipe, { method, source }: Session): Rounds {
  const options = roundsOf(recipe, source.classes.length);
  switch (method.kind) {
    case 'crst':
      return rounds({ ...options, alpha: method.alpha });
    case 'shot':
      return rounds({
        ...options,
        portion: ALL,
        sourceShare: NONE,
        labeller: (input) => centroidLabels(input),
      });
    case 'mean-teacher':
      return rounds({ ...options, fixed: method.threshold });
  }
}

const ALL = { start: 1, step: 0, cap: 1 };
const NONE = { start: 0, step: 0, cap: 0 };

/** Whether a method's labels need features. */
export function needsFeatures({ method }: Session): boolean {
  return method.kind === 'shot';
}

/** Chooses the labels of the next round and writes them into the run's folder. */
export async function beginRound(
  dir: string,
  recipe: Recipe,
  session: Session,
  before: { readonly state: RoundsState; readonly round: Round | undefined },
  predictions: TargetPredictions,
): Promise<{ state: RoundsState; round: Round }> {
  const { state: last } = before;
  const classes = session.source.classes.length;
  const previous =
    last.done === 0
      ? undefined
      : (before.round?.labels ?? (await readRoundLabels(dir, last.done - 1, classes)));
  const { state, labels } = driverOf(recipe, session).next(last, predictions, previous);
  await writeRoundLabels(dir, last.done, labels);
  return { state, round: roundOf(recipe, session, last.done, labels) };
}

/** Reads back what a round trains on. */
export async function resumeRound(
  dir: string,
  recipe: Recipe,
  session: Session,
  round: number,
): Promise<Round> {
  return roundOf(recipe, session, round, await readRoundLabels(dir, round, session.source.classes.length));
}

function roundOf(recipe: Recipe, session: Session, round: number, labels: PseudoLabels): Round {
  const { method, source, target, split, rng } = session;
  const { sourceShare } = roundsOf(recipe, source.classes.length);
  const subset =
    method.kind === 'shot'
      ? new Int32Array()
      : sourceSubset(
          split.train.length,
          shareOfRound(sourceShare!, round),
          rng.split('source-subset'),
          round,
        );
  const first = source.images.length;
  const chosen = Int32Array.from(target.images.keys()).filter(
    (i) => method.kind !== 'crst' || labels.hard[i]! >= 0,
  );
  return {
    round,
    labels,
    rows: labels.soft ?? oneHotLabels(labels.hard, labels.classes),
    images: Int32Array.from([
      ...Array.from(subset, (i) => split.train[i]!),
      ...Array.from(chosen, (i) => first + i),
    ]),
  };
}
