import type { Benchmark } from './benchmark.js';
import type { SuiteRows } from './suites.js';

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
