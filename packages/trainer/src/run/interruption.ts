/** Exit code after each signal: 128 plus its number, as shells count. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that ends a run in good order. */
export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/** Whether the user has asked to stop. */
export interface Interruption {
  /** The first signal that came; undefined while none did. */
  readonly signal: StopSignal | undefined;
  /** The code to exit with after saving; undefined while no signal came. */
  readonly exitCode: number | undefined;
  /** Gives the signals back to their defaults. */
  dispose(): void;
}

/** Where signals come from and exits go to: `process`, or a stand-in. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/** Options of {@link interruption}. */
export interface InterruptionOptions {
  /** Default: `process`. */
  source?: SignalSource;
  /** Told once, at the first signal. Default: a line on stderr. */
  onSignal?: (signal: StopSignal) => void;
  /** Milliseconds on any clock. Default Date.now. */
  now?: () => number;
  /** Milliseconds within which a second signal is the first one, passed on by a package manager. Default 1000. */
  graceMs?: number;
}

/**
 * Listens for Ctrl-C and SIGTERM: the first is noted, so that the loop can finish its step, save and exit with
 * {@link Interruption.exitCode}; the second exits at once.
 *
 * @example
 * ```ts
 * const stop = interruption();
 * while (state.step < total && stop.signal === undefined) state = await step(state);
 * await saveCheckpoint(run, state.step, groups, rest, { journal });
 * if (stop.exitCode !== undefined) process.exitCode = stop.exitCode;
 * stop.dispose();
 * ```
 */
export function interruption({
  source = process,
  onSignal = (signal) =>
    void process.stderr.write(
      `\n${signal}: finishing the step and saving; once more to stop at once without saving\n`,
    ),
  now = Date.now,
  graceMs = 1000,
}: InterruptionOptions = {}): Interruption {
  let first: StopSignal | undefined;
  let at = 0;
  const listeners = (Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]).map((signal) => {
    const listener = () => {
      if (first !== undefined) {
        if (now() - at >= graceMs) source.exit(SIGNAL_EXIT_CODES[signal]);
        return;
      }
      first = signal;
      at = now();
      onSignal(signal);
    };
    source.on(signal, listener);
    return { signal, listener };
  });
  return {
    get signal() {
      return first;
    },
    get exitCode() {
      return first === undefined ? undefined : SIGNAL_EXIT_CODES[first];
    },
    dispose() {
      for (const { signal, listener } of listeners) source.off(signal, listener);
    },
  };
}
