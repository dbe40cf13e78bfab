import { confusionOf, predictClasses, spread } from '@syn2real/app-visda17';
import {
  accuracy,
  type ConfusionMatrix,
  meanClassAccuracy,
  type Oracle,
  type Params,
  perClassRecall,
} from '@syn2real/core';
import { listOrder } from '@syn2real/datasets';
import type { TargetPredictions } from './predict-target.js';
import type { Measured } from './records.js';
import type { Round } from './round.js';
import type { Session } from './session.js';

/** How a round's end is measured. */
export interface MeasureOptions {
  readonly tta: 'flip' | 'none';
  readonly batchSize: number;
  /** What the network said of the target in the state that is measured. */
  readonly predictions: () => Promise<TargetPredictions>;
  /** The round that has ended; absent before the first. */
  readonly round?: Round;
  /** Absent: the target is not measured. */
  readonly oracle?: Oracle;
  /** Whether the old task is measured. */
  readonly retention: boolean;
  readonly onProgress?: (note: string) => void;
}

/** Images of the source that are measured where none are held out. */
const SOURCE_SAMPLE = 1000;

/** Measures parameters on the source and, through the oracle, the target and the round's pseudo-labels. */
export async function measure(
  session: Session,
  params: Params,
  { tta, batchSize, predictions, round, oracle, retention, onProgress }: MeasureOptions,
): Promise<Measured> {
  const { model, loader, source, split, target } = session;
  const options = { params, batchSize, tta };
  const sample = split.heldOut.length > 0 ? split.heldOut : spread(split.train, SOURCE_SAMPLE);
  const answers = await predictClasses(model, loader, sample, {
    ...options,
    onBatch: counting('source', sample.length, onProgress),
  });
  const truth = sample.map((i) => source.labels[i]!);
  const measured: Measured = {
    source: {
      meanClassAccuracy: meanClassAccuracy(confusionOf(source.classes.length, truth, answers)),
      images: sample.length,
      heldOut: split.heldOut.length > 0,
    },
    ...(retention ? await onRetention(session, options, onProgress) : {}),
  };
  if (oracle === undefined) return measured;
  const first = source.images.length;
  const answered =
    tta === 'none'
      ? (await predictions()).predicted
      : await predictClasses(
          model,
          loader,
          listOrder(target.images.length).map((i) => first + i),
          { ...options, onBatch: counting('target', target.images.length, onProgress) },
        );
  const after = round === undefined ? 'the start' : `round ${round.round + 1}`;
  const matrix = oracle.score(answered, `accuracy after ${after}`);
  const labels =
    round === undefined ? undefined : oracle.score(round.labels.hard, `pseudo-labels of ${after}`);
  return {
    ...measured,
    target: {
      meanClassAccuracy: meanClassAccuracy(matrix),
      perClass: perClassRecall(matrix),
      confusion: rowsOf(matrix),
    },
    ...(labels === undefined ? {} : { oracle: { pseudoLabelAccuracy: finite(accuracy(labels)) } }),
  };
}

async function onRetention(
  { model, retention }: Session,
  { params, batchSize }: { params: Params; batchSize: number },
  onProgress: MeasureOptions['onProgress'],
): Promise<Pick<Measured, 'retention'>> {
  if (retention === undefined) return {};
  const { labels, classes } = retention.domain;
  const answers = await predictClasses(model, retention.loader, listOrder(labels.length), {
    params,
    batchSize,
    tta: 'none',
    old: true,
    onBatch: counting('retention', labels.length, onProgress),
  });
  return {
    retention: { accuracy: accuracy(confusionOf(classes.length, labels, answers)), images: labels.length },
  };
}

function counting(what: string, total: number, onProgress: MeasureOptions['onProgress']) {
  let done = 0;
  return (images: number): void => {
    done += images;
    onProgress?.(`${what} ${done}/${total}`);
  };
}

function rowsOf({ classes, counts }: ConfusionMatrix): number[][] {
  return Array.from({ length: classes }, (_, truth) =>
    Array.from(counts.subarray(truth * classes, (truth + 1) * classes)),
  );
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
