import { distinctRows, type SuitePlan } from '@syn2real/cli';
import type { Benchmark } from './benchmark.js';
import { policiesOf } from './policies.js';
import type { Row } from './rows.js';
import { needsPolicies, type SuiteRows } from './suites.js';
import { sweepTrial, type Trial, trainTask, trialOf } from './trial.js';

/** What is reproduced, and with how much. */
export interface ReproduceOptions {
  readonly benchmark: Benchmark;
  readonly suites: readonly SuiteRows[];
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  readonly out: string;
  /** Epochs' worth of iterations that a policy is trained for. */
  readonly policyEpochs: number;
}

/** The trials of all tables and figures asked for. */
export function planOf({
  benchmark,
  suites,
  seeds,
  jobs,
  out,
  policyEpochs,
}: ReproduceOptions): SuitePlan<Row, Trial> {
  return {
    out,
    rows: distinctRows(suites),
    seeds,
    jobs,
    policies: needsPolicies(suites) ? policiesOf(benchmark, { seeds, epochs: policyEpochs, out }) : [],
    trialOf: ({ label, given }, { seed, ...decided }) =>
      trialOf(benchmark, { label, given: { ...given, ...decided }, seed }),
    sweepTrialOf: (row, lambda) => sweepTrial(benchmark, row, lambda),
    task: (trial) => trainTask(out, trial),
  };
}
