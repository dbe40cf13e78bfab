import fc from 'fast-check';
import type { Probabilities } from '../probabilities.js';

/** Rows of two to five classes, with ties, zeros and certainties; with `damaged`, some are NaN. */
export function anyProbabilities({ damaged = false } = {}): fc.Arbitrary<Probabilities> {
  return fc
    .record({ classes: fc.integer({ min: 2, max: 5 }), count: fc.integer({ min: 0, max: 40 }) })
    .chain(({ classes, count }) =>
      fc.record({
        classes: fc.constant(classes),
        values: fc
          .array(
            fc.tuple(
              fc.array(fc.integer({ min: 0, max: 20 }), { minLength: classes, maxLength: classes }),
              fc.integer({ min: 0, max: 9 }),
            ),
            { minLength: count, maxLength: count },
          )
          .map((rows) =>
            Float64Array.from(
              rows.flatMap(([weights, die]) => {
                const sum = weights.reduce((a, b) => a + b, 0);
                const row = weights.map((w) => (sum === 0 ? 1 / classes : w / sum));
                return damaged && die === 0 ? row.map((p, k) => (k === 0 ? Number.NaN : p)) : row;
              }),
            ),
          ),
      }),
    );
}

/** A share of samples. */
export const anyPortion: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
