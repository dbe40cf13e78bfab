import { UserError } from '@syn2real/core';
import { checkClasses, countOf, predictedClass } from '../probabilities.js';
import type { ConfidenceCollector } from './confidences.js';
import { checkPortion, thresholdAt } from './threshold-rule.js';

/** How many samples of each class have a confidence in each bin. */
export interface ConfidenceHistogram {
  /** `[classes, bins]`, the most confident bin first. */
  readonly counts: Float64Array;
}

/** Options of {@link histogramConfidences}. */
export interface HistogramConfidencesOptions {
  readonly classes: number;
  /** Bits of the doubt 1 − p that tell bins apart, 1…16. Default 12: 4,096 bins from each power of two to the next. */
  readonly bits?: number;
}

/** Doubts 1 − p below 2^−30 are one bin. */
const LEAST = 30;

/**
 * Keeps a histogram of the confidences of each class: any number of samples in the same memory.
 *
 * Bins are narrow where networks are sure: their width is in proportion to the doubt 1 − p. A threshold is the lower
 * edge of the bin in which the exact one λ lies: never above it, and at most 2^−bits·(1 − λ) or 2^−30 below, so that
 * at least the samples of the exact one are labelled. Memory: 8·classes·(31·2^bits + 1) bytes, 18.4 MiB for 19 classes.
 *
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * const collector = histogramConfidences({ classes: 19 });
 * let state = collector.init();
 * for await (const probabilities of images) state = collector.add(state, probabilities);
 * const lambda = collector.thresholds(state, { portion: 0.2 });
 * ```
 */
export function histogramConfidences({
  classes,
  bits = 12,
}: HistogramConfidencesOptions): ConfidenceCollector<ConfidenceHistogram> {
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) {
    throw new UserError({
      what: 'a histogram of confidences cannot be of this resolution',
      got: `${bits} bits`,
      expected: 'an integer in 1…16',
      fix: 'leave it at 12',
    });
  }
  const perOctave = 2 ** bits;
  const bins = (LEAST + 1) * perOctave + 1;
  const binOf = binning(bits);
  return {
    init: () => ({ counts: new Float64Array(classes * bins) }),
    add({ counts: before }, probabilities) {
      checkClasses(probabilities, classes);
      const counts = before.slice();
      const count = countOf(probabilities);
      for (let row = 0; row < count; row++) {
        const k = predictedClass(probabilities, row);
        if (k >= 0) counts[k * bins + binOf(probabilities.values[row * classes + k]!)]! += 1;
      }
      return { counts };
    },
    thresholds({ counts }, { portion, rule = 'crst', balance = 'class' }) {
      checkPortion(portion);
      const of = (which: readonly number[]): number => {
        const inBin = (bin: number): number => which.reduce((sum, k) => sum + counts[k * bins + bin]!, 0);
        let n = 0;
        for (let bin = 0; bin < bins; bin++) n += inBin(bin);
        const largest = (place: number): number => {
          let bin = 0;
          for (let above = inBin(0); above <= place; above += inBin(bin)) bin += 1;
          return lowestOf(bin, perOctave);
        };
        return thresholdAt(n, largest, portion, rule);
      };
      const all = Array.from({ length: classes }, (_, k) => k);
      if (balance === 'global') return new Float64Array(classes).fill(of(all));
      return Float64Array.from(all, (k) => of([k]));
    },
  };
}

/** The bin of a confidence: exponent and first bits of 1 − p, read off its float64. */
function binning(bits: number): (p: number) => number {
  const view = new DataView(new ArrayBuffer(8));
  const first = (1023 - LEAST) << bits;
  const last = (LEAST + 1) * 2 ** bits;
  return (p) => {
    view.setFloat64(0, 1 - p);
    const bin = (view.getUint32(0) >>> (20 - bits)) - first + 1;
    return p >= 1 ? 0 : Math.min(Math.max(bin, 0), last);
  };
}

/** The least confidence of a bin; positive, as thresholds are. */
function lowestOf(bin: number, perOctave: number): number {
  const octave = Math.floor(bin / perOctave);
  const doubt = 2 ** (octave - LEAST) * (1 + (bin % perOctave) / perOctave);
  return Math.max(1 - doubt, 2 ** -20);
}
