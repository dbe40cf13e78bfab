/** Exit code of a training whose loss or parameters are no longer finite. */
export const DIVERGED = 3;

/**
 * Ends the program with a code, after everything was said that has to be said.
 *
 * @example
 * ```ts
 * if (stop.exitCode !== undefined) throw new ExitCode(stop.exitCode);
 * ```
 */
export class ExitCode extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}
