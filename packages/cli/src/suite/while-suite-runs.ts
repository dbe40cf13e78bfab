import { interruption, whileLocked } from '@syn2real/trainer';
import { say } from '../program/say.js';
import type { SuiteIo } from './run-suite.js';

/** What a suite does in its folder. */
export interface SuiteWork {
  /** Writes the data, where the suite has its own. */
  prepare?(): Promise<void>;
  /** Runs the trials and writes what comes of them. */
  run(io: SuiteIo): Promise<void>;
}

/**
 * Does a suite's work while no other process may write into its folder. While its trials run, the first Ctrl-C asks them to
 * stop and save.
 *
 * @param out the suite's folder
 * @param io `stream`: by default standard error; `stop`: by default set by Ctrl-C and SIGTERM
 * @throws UserError where another process has the folder; what the work throws
 * @example
 * ```ts
 * await whileSuiteRuns('runs/reproduce', { run: (io) => reproduce(plan, io) }, { start: processesOf(program) });
 * ```
 */
export async function whileSuiteRuns(
  out: string,
  work: SuiteWork,
  { start, stream = process.stderr, stop: given }: Pick<SuiteIo, 'start'> & Partial<SuiteIo>,
): Promise<void> {
  const locked = async (): Promise<void> => {
    await work.prepare?.();
    const stop = given ?? interruption();
    try {
      await work.run({ start, stream, stop });
    } finally {
      stop.dispose();
    }
  };
  await whileLocked(out, locked, { log: say });
}
