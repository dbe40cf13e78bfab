import type { Benchmark } from './benchmark.js';
import type { PolicyTrial } from './policies.js';
import type { RowResult } from './results.js';
import type { SuiteRows } from './suites.js';
import type { SweepResult } from './sweep-table.js';

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

/** A finished suite. */
export interface Finished extends ReproduceOptions {
  readonly results: readonly RowResult[];
  readonly sweeps: readonly SweepResult[];
  readonly policies: readonly PolicyTrial[];
}
