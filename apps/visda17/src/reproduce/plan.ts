import { distinctRows, type SuitePlan } from '@syn2real/cli';
import type { ReproduceOptions } from './options.js';
import { policyFile, policyTask, policyTrials } from './policies.js';
import type { Row } from './rows.js';
import { needsPolicies } from './suites.js';
import { sweepTrial } from './sweep.js';
import { trainTask } from './task.js';
import { type Trial, trialOf } from './trial.js';

/** The trials of all tables and figures asked for. */
export function planOf({
  benchmark,
  suites,
  seeds,
  jobs,
  out,
  policyEpochs,
}: ReproduceOptions): SuitePlan<Row, Trial> {
  const policies = needsPolicies(suites) ? policyTrials(benchmark, { seeds, epochs: policyEpochs }) : [];
  return {
    out,
    rows: distinctRows(suites),
    seeds,
    jobs,
    policies: policies.map((policy) => ({
      seed: policy.seed,
      task: policyTask(out, policy),
      file: policyFile(out, policy),
    })),
    trialOf: ({ label, given }, { seed, ...decided }) =>
      trialOf(benchmark, { label, given: { ...given, ...decided }, seed }),
    sweepTrialOf: (row, lambda) => sweepTrial(benchmark, row, lambda),
    task: (trial) => trainTask(out, trial),
  };
}
