import { complain, runSuite, type SuiteIo } from '@syn2real/cli';
import { planOf, type ReproduceOptions } from './plan.js';
import { writeResults } from './write-results.js';

/**
 * Runs a suite and writes its tables, figures and report.
 *
 * @throws UserError where trials failed, after all others have run and the report is written
 */
export async function reproduce(options: ReproduceOptions, io: SuiteIo): Promise<void> {
  const ran = await runSuite(planOf(options), io);
  await writeResults(options, ran);
  complain(ran.failures);
}
