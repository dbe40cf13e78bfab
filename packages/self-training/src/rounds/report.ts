import { UserError } from '@syn2real/core';
import { checkClasses, countOf, type Probabilities, predictedClass } from '../probabilities.js';

/** What a round's pseudo-labels are like, seen without any label of the target. Shares are 0…1; JSON as it is. */
export interface RoundReport {
  /** Counted from 0. */
  readonly round: number;
  /** q of the target samples; null where thresholds are fixed. */
  readonly portion: number | null;
  /** Share of the source that the round trains on. */
  readonly sourceShare: number;
  /** Thresholds by class. */
  readonly lambda: readonly number[];
  /** Samples looked at, and those of them whose probabilities were no numbers. */
  readonly samples: number;
  readonly unusable: number;
  /** Share of the usable samples that have a label. */
  readonly selected: number;
  /** Of the samples predicted as each class, the share that has a label; null for a class never predicted. */
  readonly selectedByClass: readonly (number | null)[];
  /** Share of each class in the predictions, and in the labels; zeros where there are none. */
  readonly predictedDistribution: readonly number[];
  readonly labelDistribution: readonly number[];
  /** Of the samples labelled in this round and in the last, the share with the same class; null: there are none. */
  readonly agreement: number | null;
  /** Mean entropy of the predictions in nats; null: no usable sample. */
  readonly entropy: number | null;
  /** Mean of the largest probabilities; null: no usable sample. */
  readonly confidence: number | null;
}

/** Counts behind a {@link RoundReport}, gathered piece by piece; plain JSON. */
export interface RoundTally {
  readonly samples: number;
  readonly unusable: number;
  readonly predicted: readonly number[];
  readonly selectedOfPredicted: readonly number[];
  readonly labelled: readonly number[];
  readonly inBoth: number;
  readonly same: number;
  readonly entropy: number;
  readonly confidence: number;
}

/** Labels of the samples of some probabilities, and those of the round before. */
export interface LabelledProbabilities {
  readonly probabilities: Probabilities;
  /** Class of each sample; −1, 255 or any other number that is no class: none. */
  readonly labels: ArrayLike<number>;
  /** Of the last round. Default: there was none. */
  readonly previous?: ArrayLike<number>;
}

/** A tally of nothing yet. */
export function emptyTally(classes: number): RoundTally {
  const zeros = Array<number>(classes).fill(0);
  return {
    samples: 0,
    unusable: 0,
    predicted: zeros,
    selectedOfPredicted: zeros,
    labelled: zeros,
    inBoth: 0,
    same: 0,
    entropy: 0,
    confidence: 0,
  };
}

/**
 * The tally with some more samples counted in; the one given stays as it was.
 *
 * @throws UserError where labels and probabilities are not as many
 */
export function addToTally(
  tally: RoundTally,
  { probabilities, labels, previous }: LabelledProbabilities,
): RoundTally {
  const classes = tally.predicted.length;
  checkClasses(probabilities, classes);
  const count = countOf(probabilities);
  if (labels.length !== count || (previous !== undefined && previous.length !== count)) {
    throw new UserError({
      what: 'labels and probabilities of a round are not of the same samples',
      got: `${labels.length} labels, ${previous?.length ?? 'no'} previous ones, ${count} rows`,
      fix: 'pass those of the same samples, in the same order',
    });
  }
  const isClass = (k: number): boolean => k >= 0 && k < classes;
  const [predicted, selectedOfPredicted, labelled] = [
    tally.predicted.slice(),
    tally.selectedOfPredicted.slice(),
    tally.labelled.slice(),
  ];
  let { unusable, inBoth, same, entropy, confidence } = tally;
  for (let row = 0; row < count; row++) {
    const label = labels[row]!;
    if (isClass(label)) labelled[label]! += 1;
    if (isClass(label) && previous !== undefined && isClass(previous[row]!)) {
      inBoth += 1;
      if (previous[row] === label) same += 1;
    }
    const k = predictedClass(probabilities, row);
    if (k < 0) {
      unusable += 1;
      continue;
    }
    predicted[k]! += 1;
    if (isClass(label)) selectedOfPredicted[k]! += 1;
    confidence += probabilities.values[row * classes + k]!;
    for (let c = 0; c < classes; c++) {
      const p = probabilities.values[row * classes + c]!;
      if (p > 0) entropy -= p * Math.log(p);
    }
  }
  const samples = tally.samples + count;
  return {
    samples,
    unusable,
    predicted,
    selectedOfPredicted,
    labelled,
    inBoth,
    same,
    entropy,
    confidence,
  };
}

/** What a report says of the round itself. */
export type RoundPlan = Pick<RoundReport, 'round' | 'portion' | 'sourceShare' | 'lambda'>;

/** The report of a round out of its tally. */
export function roundReport(plan: RoundPlan, tally: RoundTally): RoundReport {
  const { samples, unusable, predicted, selectedOfPredicted, labelled, inBoth, same } = tally;
  const usable = samples - unusable;
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const shares = (counts: readonly number[]): number[] => {
    const all = sum(counts);
    return counts.map((n) => (all === 0 ? 0 : n / all));
  };
  return {
    ...plan,
    samples,
    unusable,
    selected: usable === 0 ? 0 : sum(selectedOfPredicted) / usable,
    selectedByClass: predicted.map((n, k) => (n === 0 ? null : selectedOfPredicted[k]! / n)),
    predictedDistribution: shares(predicted),
    labelDistribution: shares(labelled),
    agreement: inBoth === 0 ? null : same / inBoth,
    entropy: usable === 0 ? null : tally.entropy / usable,
    confidence: usable === 0 ? null : tally.confidence / usable,
  };
}
