import { UserError } from '@syn2real/core';

/** Class probabilities of samples (images, pixels), row-major. */
export interface Probabilities {
  /** `[count, classes]`, rows summing to 1. A row with a value that is not finite or outside 0…1 counts as unusable. */
  readonly values: Float32Array | Float64Array;
  readonly classes: number;
}

/** @throws UserError where the values do not fill whole rows, or there are fewer than two classes */
export function countOf({ values, classes }: Probabilities): number {
  if (!Number.isInteger(classes) || classes < 2 || values.length % classes !== 0) {
    throw new UserError({
      what: 'these probabilities are not whole rows of classes',
      got: `${values.length} values, ${classes} classes`,
      expected: 'count × classes values, at least two classes',
      fix: 'pass the softmax of a [count, classes] tensor, row by row',
    });
  }
  return values.length / classes;
}

/** The class that row `row` predicts, ties to the lowest; −1 where the row is unusable. */
export function predictedClass({ values, classes }: Probabilities, row: number): number {
  let best = -1;
  let most = -1;
  for (let k = 0; k < classes; k++) {
    const p = values[row * classes + k]!;
    if (!(p >= 0 && p <= 1.000001)) return -1;
    if (p > most) {
      most = p;
      best = k;
    }
  }
  return best;
}

/** @throws UserError where the probabilities are of another number of classes */
export function checkClasses({ classes: got }: Probabilities, classes: number): void {
  if (got === classes) return;
  throw new UserError({
    what: 'these probabilities have another number of classes',
    got: String(got),
    expected: String(classes),
    fix: 'pass rows of the same network throughout',
  });
}
