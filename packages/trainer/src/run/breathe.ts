/**
 * Lets the event loop turn once: signals are heard, streams flushed. Where nothing waits for a thread or a disk, awaiting
 * alone never does that.
 *
 * @example
 * ```ts
 * await breathe();
 * if (stop.exitCode !== undefined) throw new ExitCode(stop.exitCode);
 * ```
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
