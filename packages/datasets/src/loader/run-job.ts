import { runPairs } from '../dense/run-pairs.js';
import { runValues } from '../dense/run-values.js';
import { runWholes } from '../dense/run-wholes.js';
import type { JobResult, PoolJob } from './job.js';
import { runImages } from './run-images.js';

/** Does a job; a file that fails is a failure in the result, not an exception. */
export function runJob(job: PoolJob): Promise<JobResult> {
  switch (job.kind) {
    case 'images':
      return runImages(job);
    case 'pairs':
      return runPairs(job);
    case 'wholes':
      return runWholes(job);
    case 'values':
      return runValues(job);
  }
}
