/** Ends the program with a code, after everything was said that has to be said. */
export class ExitCode extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}
