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
import { predictClasses } from '../model/predict-classes.js';
import type { EpochRecord } from './records.js';
import type { Session } from './session.js';

/** How an epoch is measured. */
export interface EvaluationOptions {
  tta: 'flip' | 'none';
  batchSize: number;
  /** Of the frozen network on the retention images; computed once. */
  frozenRetention?: Int32Array;
  /** The new classifier is not measured: before training it is random. Default false. */
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
  { tta, batchSize, frozenRetention, oldTaskOnly = false, oracle, purpose, onBatch }: EvaluationOptions,
): Promise<Pick<EpochRecord, 'source' | 'retention' | 'target'>> {
  const { model, source, split, target } = session;
  const options = { params, batchSize };
  const counting = (what: string, total: number) => {
    let done = 0;
    return (images: number): void => {
      done += images;
      onBatch?.(`${what} ${done}/${total}`);
    };
  };
  const measured: Pick<EpochRecord, 'source' | 'retention' | 'target'> = {};
  if (!oldTaskOnly) {
    const heldOut = split.heldOut.length > 0;
    const sample = heldOut ? split.heldOut : spread(split.train, SOURCE_SAMPLE);
    const { classes, labels } = source.domain;
    const onSource = counting('source', sample.length);
    const predictions = await predictClasses(model, source.loader, sample, {
      ...options,
      tta,
      onBatch: onSource,
    });
    const matrix = confusionOf(classes.length, pick(labels, sample), predictions);
    measured.source = { meanClassAccuracy: meanClassAccuracy(matrix), images: sample.length, heldOut };
  }
  if (session.retention !== undefined) {
    const { labels, classes } = session.retention.domain;
    const onRetention = counting('retention', labels.length);
    const kept = await predictRetention(session, params, batchSize, onRetention);
    measured.retention = {
      accuracy: accuracy(confusionOf(classes.length, labels, kept)),
      agreement: shareEqual(kept, frozenRetention ?? kept),
      images: labels.length,
    };
  }
  if (oracle !== undefined && !oldTaskOnly) {
    const order = listOrder(target.domain.images.length);
    const onTarget = counting('target', order.length);
    const predictions = await predictClasses(model, target.loader, order, {
      ...options,
      tta,
      onBatch: onTarget,
    });
    const matrix = oracle.score(predictions, purpose);
    measured.target = { meanClassAccuracy: meanClassAccuracy(matrix), perClass: perClassRecall(matrix) };
  }
  return measured;
}

/** The old classifier's answers on the retention images. */
export async function predictRetention(
  { model, retention }: Session,
  params: Params,
  batchSize: number,
  onBatch?: (images: number) => void,
): Promise<Int32Array> {
  const { domain, loader } = retention!;
  return predictClasses(model, loader, listOrder(domain.images.length), {
    params,
    batchSize,
    tta: 'none',
    old: true,
    onBatch,
  });
}

function confusionOf(classes: number, truth: Int32Array, predicted: Int32Array) {
  const read = Int32Array.from(truth.keys()).filter((i) => predicted[i]! >= 0);
  return addToConfusion(emptyConfusion(classes), pick(truth, read), pick(predicted, read), {
    ignoreIndex: -1,
  });
}

function pick(values: Int32Array, places: Int32Array): Int32Array {
  return places.map((place) => values[place]!);
}

function shareEqual(a: Int32Array, b: Int32Array): number {
  return a.reduce((same, value, i) => same + (value === b[i] ? 1 : 0), 0) / a.length;
}
