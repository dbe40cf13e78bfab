import { SWEEP_SEED } from '@syn2real/cli';
import type { Benchmark } from './benchmark.js';
import type { Row } from './rows.js';
import { type Trial, trialOf } from './trial.js';

/** Share of the source held out in a sweep where the benchmark itself holds none out. */
const HELD_OUT = 0.05;

/** The trial of a value of a row's sweep; the target's labels are never read in it. */
export function sweepTrial(benchmark: Benchmark, row: Row, lambda: number): Trial {
  const sourceHeldOut = benchmark.given.sourceHeldOut || HELD_OUT;
  return trialOf(benchmark, {
    label: `${row.label}, λ = ${lambda}, sweep`,
    given: { ...row.given, lambda, sourceHeldOut },
    seed: SWEEP_SEED,
    settings: { measureTarget: 'never' },
  });
}
