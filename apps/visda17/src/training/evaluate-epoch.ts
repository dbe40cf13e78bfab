import {
  accuracy,
  addToConfusion,
  emptyConfusion,
  meanClassAccuracy,
  type Oracle,
  type Params,
  perClassRecall,
} from '@syn2real/core';
import { listOrder } from '@syn2real/datasets';
import { spread } from '../data/held-out.js';
import { argMax, predictClasses } from '../model/predict-classes.js';
import { compareWith, distances, type FrozenScores } from './forgetting.js';
import type { Measured } from './records.js';
import type { Session } from './session.js';

/** How an epoch is measured. */
export interface EvaluationOptions {
  tta: 'flip' | 'none';
  batchSize: number;
  /** Of the frozen network: what {@link frozenScores} gave. */
  frozen: FrozenScores;
  /** Before training: the old task is as the frozen network has it, and the new classifier is random. Default false. */
  oldTaskOnly?: boolean;
  /** Absent: the target is not measured. */
  oracle?: Oracle;
  purpose: string;
  /** Called after each batch: what is measured, and how far. */
  onBatch?: (note: string) => void;
}

/** Images of the source that are measured where none are held out. */
const SOURCE_SAMPLE = 1000;

/** Measures parameters on the source, the retention images and, through the oracle, the target. */
export async function evaluateEpoch(
  session: Session,
  params: Params,
  { tta, batchSize, frozen, oldTaskOnly = false, oracle, purpose, onBatch }: EvaluationOptions,
): Promise<Measured> {
  const { model, source, split, target, retention } = session;
  const options = { params, batchSize };
  const counting = (what: string, total: number) => {
    let done = 0;
    return (images: number): void => {
      done += images;
      onBatch?.(`${what} ${done}/${total}`);
    };
  };
  const measured: Measured = {
    distance: await distances(params, model.params, model.backbone.groupOf),
  };
  if (oldTaskOnly) {
    measured.retention = untrained(session, frozen);
    return measured;
  }
  const compared = compareWith(frozen);
  const sample = sourceSample(session);
  const predictions = await predictClasses(model, source.loader, sample, {
    ...options,
    tta,
    onOldScores: retention === undefined ? compared.add : undefined,
    onBatch: counting('source', sample.length),
  });
  const { classes, labels } = source.domain;
  measured.source = {
    meanClassAccuracy: meanClassAccuracy(confusionOf(classes.length, pick(labels, sample), predictions)),
    images: sample.length,
    heldOut: split.heldOut.length > 0,
  };
  if (retention === undefined) {
    measured.retention = { ...compared.result(), on: 'source' };
  } else {
    const { labels, classes } = retention.domain;
    const kept = await predictClasses(model, retention.loader, listOrder(labels.length), {
      ...options,
      tta: 'none',
      old: true,
      onOldScores: compared.add,
      onBatch: counting('retention', labels.length),
    });
    measured.retention = {
      accuracy: accuracy(confusionOf(classes.length, labels, kept)),
      ...compared.result(),
      on: 'retention',
    };
  }
  if (oracle !== undefined) {
    const order = listOrder(target.domain.images.length);
    const predictions = await predictClasses(model, target.loader, order, {
      ...options,
      tta,
      onBatch: counting('target', order.length),
    });
    const matrix = oracle.score(predictions, purpose);
    measured.target = { meanClassAccuracy: meanClassAccuracy(matrix), perClass: perClassRecall(matrix) };
  }
  return measured;
}

/** The frozen network's scores on the images that forgetting is measured on: the retention's, or the source's. */
export async function frozenScores(session: Session, batchSize: number): Promise<FrozenScores> {
  const { model, retention, source } = session;
  const { loader } = retention ?? source;
  const order = retention === undefined ? sourceSample(session) : listOrder(retention.domain.images.length);
  const scores = new Map<number, Float32Array>();
  await predictClasses(model, loader, order, {
    params: model.params,
    batchSize,
    tta: 'none',
    old: true,
    onOldScores: (place, row) => {
      scores.set(place, row.slice());
    },
  });
  return scores;
}

/** The retention of the network before training: the frozen one's, by definition. */
function untrained({ retention }: Session, frozen: FrozenScores): Measured['retention'] {
  const same = { agreement: 1, kl: 0, images: frozen.size };
  if (retention === undefined) return { ...same, on: 'source' };
  const { labels, classes } = retention.domain;
  const answers = labels.map((_, place) => {
    const scores = frozen.get(place);
    return scores === undefined ? -1 : argMax(scores);
  });
  return { accuracy: accuracy(confusionOf(classes.length, labels, answers)), ...same, on: 'retention' };
}

function sourceSample({ split }: Session): Int32Array {
  return split.heldOut.length > 0 ? split.heldOut : spread(split.train, SOURCE_SAMPLE);
}

/** The confusion matrix of what was predicted; −1: left out. */
export function confusionOf(classes: number, truth: Int32Array, predicted: Int32Array) {
  const read = Int32Array.from(truth.keys()).filter((i) => predicted[i]! >= 0);
  return addToConfusion(emptyConfusion(classes), pick(truth, read), pick(predicted, read), {
    ignoreIndex: -1,
  });
}

function pick(values: Int32Array, places: Int32Array): Int32Array {
  return places.map((place) => values[place]!);
}
