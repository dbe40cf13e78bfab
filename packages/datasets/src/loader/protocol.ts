import type { JobResult, PoolJob } from './job.js';

/** Main thread to worker. */
export type ToWorker =
  | { readonly kind: 'decode'; readonly id: number; readonly job: PoolJob }
  | { readonly kind: 'cancel'; readonly id: number };

/** Worker to main thread; a cancelled job gets an answer too, without a result. */
export interface FromWorker {
  readonly id: number;
  readonly result: JobResult | null;
}
