import { UserError } from '@syn2real/core';
import { checkClasses, countOf, type Probabilities, predictedClass } from '../probabilities.js';
import type { ConfidenceCollector } from './confidences.js';
import { checkPortion, thresholdAt } from './threshold-rule.js';

/** Confidences by class, in the pieces that they came in. */
export interface SampledConfidences {
  readonly pieces: readonly (readonly Float64Array[])[];
}

/** Options of {@link sampledConfidences}. */
export interface SampledConfidencesOptions {
  readonly classes: number;
  /**
   * Keeps every n-th of each class's samples in a piece, the first included; the released segmentation code: 4.
   * Default 1, all of them: exact.
   */
  readonly every?: number;
}

/**
 * Keeps confidences themselves: exact thresholds, or with `every` those of a sample.
 *
 * Memory: 8/every bytes a sample. An image of Cityscapes has 2,097,152 pixels: 4 MiB at `every` 4.
 *
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * const collector = sampledConfidences({ classes: 19, every: 4 });
 * let state = collector.init();
 * for (const probabilities of images) state = collector.add(state, probabilities);
 * const lambda = collector.thresholds(state, { portion: 0.2 });
 * ```
 */
export function sampledConfidences({
  classes,
  every = 1,
}: SampledConfidencesOptions): ConfidenceCollector<SampledConfidences> {
  if (!Number.isInteger(every) || every < 1) {
    throw new UserError({
      what: 'confidences cannot be sampled at this distance',
      got: String(every),
      expected: 'an integer of at least 1',
      fix: 'pass 4 to keep every fourth, 1 to keep all',
    });
  }
  return {
    init: () => ({ pieces: [] }),
    add({ pieces }, probabilities) {
      checkClasses(probabilities, classes);
      return { pieces: [...pieces, pieceOf(probabilities, every)] };
    },
    thresholds({ pieces }, { portion, rule = 'crst', balance = 'class' }) {
      checkPortion(portion);
      const sorted = (which: readonly number[]): Float64Array => {
        const of = pieces.flatMap((piece) => which.map((k) => piece[k]!));
        const all = new Float64Array(of.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const part of of) {
          all.set(part, at);
          at += part.length;
        }
        return all.sort().reverse();
      };
      const every = Array.from({ length: classes }, (_, k) => k);
      const threshold = (which: readonly number[]): number => {
        const of = sorted(which);
        return thresholdAt(of.length, (place) => of[place]!, portion, rule);
      };
      if (balance === 'global') return new Float64Array(classes).fill(threshold(every));
      return Float64Array.from(every, (k) => threshold([k]));
    },
  };
}

function pieceOf(probabilities: Probabilities, every: number): Float64Array[] {
  const { values, classes } = probabilities;
  const count = countOf(probabilities);
  const seen = new Uint32Array(classes);
  const kept: number[][] = Array.from({ length: classes }, () => []);
  for (let row = 0; row < count; row++) {
    const k = predictedClass(probabilities, row);
    if (k < 0) continue;
    if (seen[k]! % every === 0) kept[k]!.push(values[row * classes + k]!);
    seen[k]! += 1;
  }
  return kept.map((of) => Float64Array.from(of));
}
