import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import { runFolder, type SuiteTrial } from './trial.js';

/** The sweep's seed: not one that is reported, as those count from 0. */
export const SWEEP_SEED = 1000;

/** All that a choice may be made by. There is no field for the target. */
export interface SweepReading {
  readonly lambda: number;
  /** Mean-class accuracy, or mean IoU, on held-out source images. */
  readonly source: number;
  /** Accuracy on the old task; without its images, agreement with the frozen network. */
  readonly retention: number;
}

/** Score on held-out source images that may be given up for retention. */
const TOLERANCE = 0.005;

/** The rule of {@link chooseLambda} in words. */
export const SWEEP_RULE =
  'the highest retention among the values whose accuracy on held-out source images is within 0.5 points of the best; of equals, the smallest λ';

/** {@link SWEEP_RULE}; undefined where there is no reading. */
export function chooseLambda(readings: readonly SweepReading[]): SweepReading | undefined {
  const best = Math.max(...readings.map(({ source }) => source));
  const [first, ...others] = readings
    .filter(({ source }) => source >= best - TOLERANCE)
    .sort((a, b) => a.lambda - b.lambda);
  return first && others.reduce((most, next) => (next.retention > most.retention ? next : most), first);
}

const summary = z.object({
  source: z.object({
    meanClassAccuracy: z.number().nullish(),
    meanIou: z.number().nullish(),
    heldOut: z.literal(true),
  }),
  retention: z.object({ accuracy: z.number().nullish(), agreement: z.number().nullish() }),
});

/**
 * What a sweep's finished run says, of its summary only what {@link SweepReading} has; undefined where it failed.
 *
 * @throws UserError where the summary lacks what the choice is made by
 */
export function readSweep(
  out: string,
  { lambda, trial }: { lambda: number; trial: Pick<SuiteTrial, 'name'> },
): SweepReading | undefined {
  const file = join(runFolder(out, trial), 'summary.json');
  if (!existsSync(file)) return undefined;
  const { source, retention } = summary.parse(JSON.parse(readFileSync(file, 'utf8')));
  const score = source.meanClassAccuracy ?? source.meanIou;
  const kept = retention.accuracy ?? retention.agreement;
  if (typeof score === 'number' && typeof kept === 'number')
    return { lambda, source: score, retention: kept };
  throw new UserError({
    what: `${file} has no reading of ${typeof score === 'number' ? 'the old task' : 'held-out source images'}`,
    expected:
      typeof score === 'number' ? 'its accuracy or agreement' : 'their mean-class accuracy or mean IoU',
  });
}
