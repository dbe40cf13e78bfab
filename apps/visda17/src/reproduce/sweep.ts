import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import type { Benchmark } from './benchmark.js';
import type { Row } from './rows.js';
import { runFolder, type Trial, trialOf } from './trial.js';

/** The sweep's seed: not one that is reported, as those count from 0. */
export const SWEEP_SEED = 1000;

/** Share of the source held out in a sweep where the benchmark itself holds none out. */
const HELD_OUT = 0.05;

/** All that a choice may be made by. There is no field for the target. */
export interface SweepReading {
  readonly lambda: number;
  /** Mean-class accuracy on held-out source images. */
  readonly source: number;
  /** Accuracy on the old task; without its images, agreement with the frozen network on source images. */
  readonly retention: number;
}

/** Accuracy on held-out source images that may be given up for retention. */
export const TOLERANCE = 0.005;

/** The rule of {@link chooseLambda} in words. */
export const SWEEP_RULE =
  'the highest retention among the values whose accuracy on held-out source images is within 0.5 points of the best; of equals, the smallest λ';

/** The trials of a row's sweep, by λ; the target's labels are never read in them. */
export function sweepTrials(benchmark: Benchmark, row: Row): { lambda: number; trial: Trial }[] {
  const sourceHeldOut = benchmark.given.sourceHeldOut || HELD_OUT;
  return (row.sweep ?? []).map((lambda) => ({
    lambda,
    trial: trialOf(benchmark, {
      label: `${row.label}, λ = ${lambda}, sweep`,
      given: { ...row.given, lambda, sourceHeldOut },
      seed: SWEEP_SEED,
      settings: { measureTarget: 'never' },
    }),
  }));
}

/** {@link SWEEP_RULE}; undefined where there is no reading. */
export function chooseLambda(readings: readonly SweepReading[]): SweepReading | undefined {
  const best = Math.max(...readings.map(({ source }) => source));
  const [first, ...others] = readings
    .filter(({ source }) => source >= best - TOLERANCE)
    .sort((a, b) => a.lambda - b.lambda);
  return first && others.reduce((most, next) => (next.retention > most.retention ? next : most), first);
}

const summary = z.object({
  source: z.object({ meanClassAccuracy: z.number(), heldOut: z.literal(true) }),
  retention: z.object({ accuracy: z.number().nullish(), agreement: z.number().nullish() }),
});

/** What a sweep's finished run says, of its summary only what {@link SweepReading} has; undefined where it failed. */
export function readSweep(
  out: string,
  { lambda, trial }: { lambda: number; trial: Trial },
): SweepReading | undefined {
  const file = join(runFolder(out, trial), 'summary.json');
  if (!existsSync(file)) return undefined;
  const { source, retention } = summary.parse(JSON.parse(readFileSync(file, 'utf8')));
  const kept = retention.accuracy ?? retention.agreement;
  if (kept === null || kept === undefined) {
    throw new UserError({
      what: `${file} has no reading of the old task`,
      expected: 'accuracy or agreement',
    });
  }
  return { lambda, source: source.meanClassAccuracy, retention: kept };
}
