import { appendFileSync } from 'node:fs';

/** Environment variable that names the file in which a process writes down what it cost. */
export const USAGE_FILE = 'SYN2REAL_USAGE_FILE';

/** What a process cost: a line of the usage file. */
export interface Usage {
  /** What it ran as. */
  readonly task: string;
  readonly exitCode: number;
  /** Wall time. */
  readonly seconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
}

/** Environment variable that says what a process runs as. */
export const USAGE_TASK = 'SYN2REAL_USAGE_TASK';

/**
 * Runs a program as this process: arguments in, exit code out.
 *
 * One that a suite has started ends with the suite, in good order, and writes down what it cost.
 *
 * @example
 * ```ts
 * await runAsProcess((args) => runProgram(program, args));
 * ```
 */
export async function runAsProcess(main: (args: readonly string[]) => Promise<number>): Promise<void> {
  if (process.channel) {
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel.unref();
  }
  const file = process.env[USAGE_FILE];
  if (file !== undefined) process.once('exit', (code) => writeUsage(file, code));
  process.exitCode = await main(process.argv.slice(2));
}

function writeUsage(file: string, exitCode: number): void {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage: Usage = {
    task: process.env[USAGE_TASK] ?? '',
    exitCode,
    seconds: process.uptime(),
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  };
  appendFileSync(file, `${JSON.stringify(usage)}\n`);
}
